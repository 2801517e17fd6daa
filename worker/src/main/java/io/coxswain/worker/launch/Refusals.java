package io.coxswain.worker.launch;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Gathers all that is wrong with a command line, so that it is said at once. Not thread-safe. */
final class Refusals {
    private final List<String> messages = new ArrayList<>();

    void add(String message) {
        if (!messages.contains(message)) {
            messages.add(message);
        }
    }

    /** What the maker makes; where it refuses its input, that is noted, and the fallback serves to find the next mistake. */
    <T> T or(T fallback, Supplier<T> maker) {
        try {
            return maker.get();
        } catch (IllegalArgumentException refused) {
            add(String.valueOf(refused.getMessage()));
            return fallback;
        }
    }

    /** Makes what may be absent, too. */
    @FunctionalInterface
    interface Maker<T> {
        @Nullable
        T make();
    }

    /** The same for what may be absent: then, and where it is refused, null. */
    <T> @Nullable T orNull(Maker<T> maker) {
        try {
            return maker.make();
        } catch (IllegalArgumentException refused) {
            add(String.valueOf(refused.getMessage()));
            return null;
        }
    }

    boolean isEmpty() {
        return messages.isEmpty();
    }

    List<String> messages() {
        return List.copyOf(messages);
    }
}
