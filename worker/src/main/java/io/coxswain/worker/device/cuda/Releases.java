package io.coxswain.worker.device.cuda;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** What has to be released, the latest first. One failure keeps nothing else from its release. */
final class Releases {
    private final Deque<Runnable> pending = new ArrayDeque<>();

    void add(Runnable release) {
        pending.push(release);
    }

    /** Releases everything, then throws the first failure with the others suppressed in it. */
    void releaseAll() {
        RuntimeException failure = run(null);
        if (failure != null) {
            throw failure;
        }
    }

    /** Releases everything because of a failure, which gets what fails now as suppressed. */
    void releaseAllAfter(RuntimeException failure) {
        run(failure);
    }

    private @Nullable RuntimeException run(@Nullable RuntimeException earlier) {
        RuntimeException first = earlier;
        while (!pending.isEmpty()) {
            try {
                pending.pop().run();
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else if (!first.equals(e)) {
                    first.addSuppressed(e);
                }
            }
        }
        return first;
    }
}
