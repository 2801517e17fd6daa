package io.coxswain.types;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * The padded shape of one forward pass: what a captured graph is looked up by, and what all ranks of a step pad to.
 *
 * <p>Immutable, thread-safe, compared by value.
 *
 * @param numTokens tokens after padding, 0 or more
 * @param numRequests requests after padding, 0 or more; empty where any number of requests fits, as it does for
 *     piecewise graphs, whose attention runs outside of them
 * @param uniform whether all requests have the same number of tokens
 * @param hasLora whether LoRA adapters may be active in the batch
 * @param numActiveLoras distinct LoRA adapters active in the batch, 0 or more
 */
public record BatchDescriptor(
        int numTokens, OptionalInt numRequests, boolean uniform, boolean hasLora, int numActiveLoras) {

    /** What {@link #hashKey()} takes for an absent request count; no count can be negative. */
    private static final int ANY_REQUESTS = -1;

    /**
     * Checks the counts.
     *
     * @throws IllegalArgumentException if one is negative
     */
    public BatchDescriptor {
        Objects.requireNonNull(numRequests, "numRequests");
        requireNotNegative("numTokens", numTokens);
        requireNotNegative("numRequests", numRequests.orElse(0));
        requireNotNegative("numActiveLoras", numActiveLoras);
    }

    /** A descriptor of tokens only: any number of requests, not uniform, no LoRA. */
    public static BatchDescriptor of(int numTokens) {
        return new BatchDescriptor(numTokens, OptionalInt.empty(), false, false, 0);
    }

    /** A descriptor of a batch whose requests may differ in length, without LoRA. */
    public static BatchDescriptor of(int numTokens, int numRequests) {
        return new BatchDescriptor(numTokens, OptionalInt.of(numRequests), false, false, 0);
    }

    /** A descriptor of a batch whose requests all have the same number of tokens, without LoRA. */
    public static BatchDescriptor ofUniform(int numTokens, int numRequests) {
        return new BatchDescriptor(numTokens, OptionalInt.of(numRequests), true, false, 0);
    }

    /** This shape for any number of requests of any length: what a piecewise graph is looked up by. LoRA is kept. */
    public BatchDescriptor relaxed() {
        return new BatchDescriptor(numTokens, OptionalInt.empty(), false, hasLora, numActiveLoras);
    }

    /** This descriptor with another token count. */
    public BatchDescriptor withNumTokens(int tokens) {
        return new BatchDescriptor(tokens, numRequests, uniform, hasLora, numActiveLoras);
    }

    /** This descriptor with so many active LoRA adapters; it has LoRA exactly if there are any. */
    public BatchDescriptor withActiveLoras(int activeLoras) {
        return new BatchDescriptor(numTokens, numRequests, uniform, activeLoras > 0, activeLoras);
    }

    /**
     * The descriptor as text, for logs and as a member name in reports: equal for equal descriptors only, for example
     * {@code tokens=16,requests=any,uniform=false,lora=true,active_loras=2}.
     */
    public String key() {
        String requests = numRequests.isPresent() ? Integer.toString(numRequests.getAsInt()) : "any";
        return "tokens=" + numTokens + ",requests=" + requests + ",uniform=" + uniform + ",lora=" + hasLora
                + ",active_loras=" + numActiveLoras;
    }

    /**
     * A number for the descriptor that is the same in every JVM and easy to compute elsewhere: the components in
     * order, each added to 31 times what came before, in 32 bits with overflow; an absent request count is -1, a flag
     * is 0 or 1. Equal descriptors have equal numbers; unequal ones may.
     */
    public int hashKey() {
        int hash = numTokens;
        hash = 31 * hash + numRequests.orElse(ANY_REQUESTS);
        hash = 31 * hash + (uniform ? 1 : 0);
        hash = 31 * hash + (hasLora ? 1 : 0);
        return 31 * hash + numActiveLoras;
    }

    /** {@link #hashKey()}: what a record computes by itself may change from one Java release to the next. */
    @Override
    public int hashCode() {
        return hashKey();
    }

    private static void requireNotNegative(String field, int value) {
        if (value < 0) {
            throw new IllegalArgumentException(field + " is " + value + "; allowed is 0 or more");
        }
    }
}
