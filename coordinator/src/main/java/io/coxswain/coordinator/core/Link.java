package io.coxswain.coordinator.core;

/**
 * A stream to a worker, as the core sees it: something to compare and to name in an effect. The transport implements it
 * with its own stream, so that an effect needs no look-up.
 */
public interface Link {}
