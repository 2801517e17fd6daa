package io.coxswain.worker.launch;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * The pause before a restart: it doubles with every restart of the place that brought no decided step, and is jittered, so that
 * ranks that died together do not start together. As thread-safe as its generator.
 */
record RestartPauses(RandomGenerator random) {
    private static final Duration FIRST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final int MOST_DOUBLINGS = 10;

    /** Between half of the pause and all of it. */
    Duration after(int fruitlessRestarts) {
        long millis = Math.min(LONGEST.toMillis(), FIRST.toMillis() << Math.min(fruitlessRestarts, MOST_DOUBLINGS));
        return Duration.ofMillis(millis / 2 + random.nextLong(millis / 2 + 1));
    }
}
