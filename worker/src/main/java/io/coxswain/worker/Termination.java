package io.coxswain.worker;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a TERM does to a worker: it asks to be drained, so that the group goes on without an abort, and ends in any case. Thread-safe:
 * signals come on a thread of the JVM's, the refusal on the session's event loop.
 */
final class Termination {

    /** Longer than a planned epoch takes on a busy machine, shorter than the grace that kubelets and launchers give. */
    private static final long DRAIN_SECONDS = 4;

    private static final Logger LOG = LoggerFactory.getLogger(Termination.class);

    private final ScheduledExecutorService timer;
    private final Runnable end;
    private @Nullable Predicate<String> drain;
    private boolean asked;

    /** @param end ends the process as the signal would have */
    Termination(ScheduledExecutorService timer, Runnable end) {
        this.timer = timer;
        this.end = end;
    }

    /** From now on there may be somebody to ask; the predicate says whether there is. */
    synchronized void drainBy(Predicate<String> wish) {
        drain = wish;
    }

    synchronized void onSignal() {
        if (asked || drain == null || !drain.test("SIGTERM")) {
            end.run();
            return;
        }
        asked = true;
        LOG.info("SIGTERM: this member leaves after its step");
        var unused = timer.schedule(
                () -> {
                    LOG.warn("not drained within {} s", DRAIN_SECONDS);
                    end.run();
                },
                DRAIN_SECONDS,
                TimeUnit.SECONDS);
    }

    synchronized void onRefused(String reason) {
        LOG.warn("not drained: {}", reason);
        if (asked) {
            end.run();
        }
    }
}
