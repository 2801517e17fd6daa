package io.coxswain.worker;

import java.time.Duration;
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

    private static final Logger LOG = LoggerFactory.getLogger(Termination.class);

    private final ScheduledExecutorService timer;
    private final Duration limit;
    private final Runnable end;
    private @Nullable Predicate<String> drain;
    private boolean asked;

    /**
     * @param limit how long being drained may take
     * @param end ends the process as the signal would have
     */
    Termination(ScheduledExecutorService timer, Duration limit, Runnable end) {
        this.timer = timer;
        this.limit = limit;
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
                    LOG.warn("not drained within {} ms", limit.toMillis());
                    end.run();
                },
                limit.toNanos(),
                TimeUnit.NANOSECONDS);
    }

    synchronized void onRefused(String reason) {
        LOG.warn("not drained: {}", reason);
        if (asked) {
            end.run();
        }
    }
}
