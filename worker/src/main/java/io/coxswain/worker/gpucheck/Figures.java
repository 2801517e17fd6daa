package io.coxswain.worker.gpucheck;

import java.util.Locale;

/** Times and rates in words. */
final class Figures {
    private static final double NANOS_PER_MICRO = 1e3;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double MEBIBYTE = 1L << 20;

    private Figures() {}

    /** So many bytes in so many nanoseconds, in 10^9 bytes a second: numerically bytes a nanosecond. */
    static String bandwidth(double bytes, double nanos) {
        return String.format(Locale.ROOT, "%.1f GB/s", bytes / nanos);
    }

    static String gigaflops(double operations, double nanos) {
        return String.format(Locale.ROOT, "%.0f GFLOP/s", operations / nanos);
    }

    static String micros(double nanos) {
        return String.format(Locale.ROOT, "%.1f us", nanos / NANOS_PER_MICRO);
    }

    static String millis(double nanos) {
        return String.format(Locale.ROOT, "%.1f ms", nanos / NANOS_PER_MILLI);
    }

    static String mebibytes(double bytes) {
        return String.format(Locale.ROOT, "%.0f MiB", bytes / MEBIBYTE);
    }
}
