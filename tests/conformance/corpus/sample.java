package org.example;

import java.util.List;
import java.util.stream.Collectors;

public final class Words {
    private final List<String> words;

    public Words(List<String> words) {
        this.words = List.copyOf(words);
    }

    public String joined() {
        return words.stream().sorted().collect(Collectors.joining(", "));
    }

    public static void main(String[] args) {
        System.out.println(new Words(List.of(args)).joined());
    }
}
