package io.coxswain.coordinator.core;

/** How a group captures the graphs that some rank lacks. */
enum CapturePace {
    /** All in a row, in place of the first step that has work: nothing is served yet. */
    BEFORE_SERVING,
    /** One now and then, in place of a step: the group serves meanwhile, without them. */
    WHILE_SERVING
}
