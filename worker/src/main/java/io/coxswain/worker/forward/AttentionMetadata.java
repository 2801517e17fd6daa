package io.coxswain.worker.forward;

/**
 * What the attention backend of one layer needs to know of a batch: sequence lengths, block tables and the like. A
 * marker, for each backend has a type of its own; implementations should be immutable, as the context that holds them.
 */
public interface AttentionMetadata {}
