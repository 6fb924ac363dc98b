#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

template <typename T>
class Stack {
public:
    void push(T value) { values.push_back(std::move(value)); }
    bool empty() const { return values.empty(); }

private:
    std::vector<T> values;
};

int main() {
    Stack<std::string> words;
    words.push("one");
    std::cout << std::boolalpha << words.empty() << '\n';
}
