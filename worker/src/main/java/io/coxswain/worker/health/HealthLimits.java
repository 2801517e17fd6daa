package io.coxswain.worker.health;

import java.time.Duration;

/**
 * When a worker's health is lost. Immutable.
 *
 * @param progress how long a step may take before the worker is not ready
 * @param pass how long a forward pass may take before the worker is taken for stuck: longer than what ends one by itself
 * @param loop how long the event loop may stand still
 */
public record HealthLimits(Duration progress, Duration pass, Duration loop) {

    private static final Duration PASS_MARGIN = Duration.ofSeconds(30);
    private static final Duration LOOP = Duration.ofSeconds(30);

    /** Of a worker whose collectives end by themselves after that time. */
    public static HealthLimits of(Duration progress, Duration collectiveTimeout) {
        return new HealthLimits(progress, collectiveTimeout.plus(PASS_MARGIN), LOOP);
    }
}
