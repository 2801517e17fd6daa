package io.coxswain.nccl4j;

import java.util.Objects;

/**
 * A reduction of elements of one type, as {@link ReduceOp#of} makes it.
 *
 * @param op how the elements become one
 * @param type what the elements are
 */
public record Reduction(ReduceOp op, DataType type) {
    public Reduction {
        Objects.requireNonNull(op, "op");
        Objects.requireNonNull(type, "type");
    }
}
