package io.coxswain.worker.launch;

import java.util.ArrayDeque;
import java.util.Deque;

/** Rate of a rising count over the last seconds. Owned by one thread; memory bounded by the number of samples. */
final class RateWindow {
    private static final int SAMPLES = 16;

    private final Deque<Sample> samples = new ArrayDeque<>(SAMPLES);

    private record Sample(long nanos, long count) {}

    /** Takes a sample; answers the rate per second since the oldest one kept, 0 for the first. */
    double sample(long nowNanos, long count) {
        if (samples.size() == SAMPLES) {
            samples.removeFirst();
        }
        samples.addLast(new Sample(nowNanos, count));
        Sample oldest = samples.getFirst();
        long elapsed = nowNanos - oldest.nanos();
        return elapsed <= 0 ? 0 : (count - oldest.count()) * 1e9 / elapsed;
    }
}
