#include <stdio.h>
#include <stdlib.h>

static int square(int number) {
    return number * number;
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        printf("%d\n", square(atoi(argv[i])));
    return 0;
}
