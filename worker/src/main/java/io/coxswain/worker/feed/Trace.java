package io.coxswain.worker.feed;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Requests to replay, in the order of their arrival, numbered from 0. Immutable and thread-safe; 16 bytes a request. */
public final class Trace {
    /** The largest count of prompt tokens, and of generated tokens, that a request may have. */
    public static final int MAX_TOKENS = 1_000_000;

    private static final long BUILT_IN_SEED = 0;

    private final String name;
    private final int[] promptTokens;
    private final int[] generatedTokens;
    private final long[] arrivalNanos;
    private final long totalPromptTokens;
    private final long totalGeneratedTokens;

    private Trace(Builder builder) {
        name = builder.name;
        promptTokens = Arrays.copyOf(builder.promptTokens, builder.size);
        generatedTokens = Arrays.copyOf(builder.generatedTokens, builder.size);
        arrivalNanos = Arrays.copyOf(builder.arrivalNanos, builder.size);
        totalPromptTokens = Arrays.stream(promptTokens).asLongStream().sum();
        totalGeneratedTokens = Arrays.stream(generatedTokens).asLongStream().sum();
    }

    /**
     * Reads a file, or makes the trace that is built in.
     *
     * @param file null for the built-in one
     * @param maxRequests how many requests to take at most, from the first; 1 or more
     * @throws TraceFormatException when a line is refused
     * @throws IllegalArgumentException when fewer than one request is to be taken
     * @throws IOException when the file cannot be read
     */
    public static Trace readOrBuiltIn(@Nullable Path file, int maxRequests) throws IOException {
        if (maxRequests < 1) {
            throw new IllegalArgumentException(
                    "--max-requests is " + maxRequests + "; allowed is 1 to " + Integer.MAX_VALUE);
        }
        if (file == null) {
            return SyntheticTrace.generate(BUILT_IN_SEED, Math.min(maxRequests, SyntheticTrace.DEFAULT_REQUESTS));
        }
        try {
            return TraceFile.read(file, maxRequests);
        } catch (NoSuchFileException e) {
            throw new NoSuchFileException("--trace: there is no file " + file);
        }
    }

    /** Where it comes from, for people. */
    public String name() {
        return name;
    }

    /** How many requests it has; 0 is allowed. */
    public int size() {
        return promptTokens.length;
    }

    /** Tokens of a request's prompt: 1 to {@link #MAX_TOKENS}. */
    public int promptTokens(int request) {
        return promptTokens[request];
    }

    /** Tokens that a request generates: 1 to {@link #MAX_TOKENS}. */
    public int generatedTokens(int request) {
        return generatedTokens[request];
    }

    /** When a request arrives, in nanoseconds after the first of the trace; never less than its predecessor's. */
    public long arrivalNanos(int request) {
        return arrivalNanos[request];
    }

    /** Of all requests together. */
    public long totalPromptTokens() {
        return totalPromptTokens;
    }

    /** Of all requests together. */
    public long totalGeneratedTokens() {
        return totalGeneratedTokens;
    }

    /** Collects requests. Not thread-safe. */
    static final class Builder {
        private static final int FIRST_CAPACITY = 1024;

        private final String name;
        private int[] promptTokens = new int[FIRST_CAPACITY];
        private int[] generatedTokens = new int[FIRST_CAPACITY];
        private long[] arrivalNanos = new long[FIRST_CAPACITY];
        private int size;

        Builder(String name) {
            this.name = Objects.requireNonNull(name, "name");
        }

        /**
         * Appends a request.
         *
         * @throws IllegalArgumentException where a value is out of range
         */
        Builder add(int prompt, int generated, long arrival) {
            requireTokens("prompt tokens", prompt);
            requireTokens("generated tokens", generated);
            long earliest = size == 0 ? 0 : arrivalNanos[size - 1];
            if (arrival < earliest) {
                throw new IllegalArgumentException("request " + size + " arrives at " + arrival
                        + " ns; allowed is not before " + earliest + " ns, when its predecessor does");
            }
            if (size == promptTokens.length) {
                promptTokens = Arrays.copyOf(promptTokens, 2 * size);
                generatedTokens = Arrays.copyOf(generatedTokens, 2 * size);
                arrivalNanos = Arrays.copyOf(arrivalNanos, 2 * size);
            }
            promptTokens[size] = prompt;
            generatedTokens[size] = generated;
            arrivalNanos[size] = arrival;
            size++;
            return this;
        }

        private void requireTokens(String what, int tokens) {
            if (tokens < 1 || tokens > MAX_TOKENS) {
                throw new IllegalArgumentException(
                        "request " + size + " has " + tokens + " " + what + "; allowed are 1 to " + MAX_TOKENS);
            }
        }

        int size() {
            return size;
        }

        Trace build() {
            return new Trace(this);
        }
    }
}
