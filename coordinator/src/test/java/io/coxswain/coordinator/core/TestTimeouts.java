package io.coxswain.coordinator.core;

/** How long the tests' coordinators wait. */
public final class TestTimeouts {

    private static final long SECOND = 1_000_000_000;

    private TestTimeouts() {}

    /** As the coordinator's own defaults are. */
    public static GroupConfig.Timeouts usual() {
        return new GroupConfig.Timeouts(
                300 * SECOND,
                60 * SECOND,
                60 * SECOND,
                10 * SECOND,
                SECOND / 2,
                5 * SECOND,
                SECOND / 5,
                120 * SECOND,
                10 * SECOND);
    }

    /** So long for everything. */
    public static GroupConfig.Timeouts allOf(long nanos) {
        return new GroupConfig.Timeouts(nanos, nanos, nanos, nanos, nanos, nanos, nanos, nanos, nanos);
    }
}
