package io.coxswain.coordinator.core;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Objects;
import java.util.function.Supplier;

/** What is said of a value that is not allowed. */
final class Refusals {

    private Refusals() {}

    static String messageOf(Supplier<?> making) {
        return Objects.requireNonNull(catchThrowableOfType(IllegalArgumentException.class, making::get)
                .getMessage());
    }
}
