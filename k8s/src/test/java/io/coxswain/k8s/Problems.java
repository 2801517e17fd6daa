package io.coxswain.k8s;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What rules find wrong, in the order in which they find it. Used by one thread. */
final class Problems {

    private final List<String> found = new ArrayList<>();

    /** Notes where it is found, what is found there, and what should be. */
    void require(boolean holds, String where, String what) {
        if (!holds) {
            found.add(where + ": " + what);
        }
    }

    void requireEqual(@Nullable Object actual, @Nullable Object expected, String where) {
        require(Objects.equals(actual, expected), where, "is " + actual + ", not " + expected);
    }

    List<String> found() {
        return List.copyOf(found);
    }
}
