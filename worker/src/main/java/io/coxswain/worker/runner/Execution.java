package io.coxswain.worker.runner;

/** How a forward pass ran on the device. */
public enum Execution {
    /** Operation by operation. */
    EAGER,
    /** By replaying a captured graph, or several. */
    REPLAYED
}
