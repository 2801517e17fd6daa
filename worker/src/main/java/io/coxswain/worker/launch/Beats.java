package io.coxswain.worker.launch;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Posts an event to the launcher's loop again and again, whatever the launcher waits for meanwhile. */
final class Beats implements AutoCloseable {
    private final ScheduledExecutorService timer;

    private Beats(ScheduledExecutorService timer) {
        this.timer = timer;
    }

    /** The event is not posted while the one before has not run yet. */
    @SuppressWarnings("FutureReturnValueIgnored") // it ends with the timer
    static Beats start(EventLoop loop, Duration interval, Runnable event) {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "beats");
            thread.setDaemon(true);
            return thread;
        });
        AtomicBoolean waiting = new AtomicBoolean();
        timer.scheduleAtFixedRate(
                () -> {
                    if (waiting.compareAndSet(false, true)) {
                        loop.post(() -> {
                            waiting.set(false);
                            event.run();
                        });
                    }
                },
                interval.toMillis(),
                interval.toMillis(),
                TimeUnit.MILLISECONDS);
        return new Beats(timer);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
