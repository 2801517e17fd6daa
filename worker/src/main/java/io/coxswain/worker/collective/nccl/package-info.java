/**
 * Collectives by NVIDIA's NCCL, between CUDA devices. Before the ranks enter NCCL they meet over TCP, so that one that never comes,
 * or dies on the way, has a name; NCCL itself waits without a deadline and knows none.
 *
 * <p>Operations are only launched, on the device's stream. Whoever waits for them polls the stream, the epoch's gate and NCCL's
 * asynchronous error, and never blocks in native code. NCCL's abort blocks for as long as a graph exists that was captured with the
 * communicator's operations; so it runs on a thread of its own, and the forward thread, which the abort frees, destroys the graphs
 * before it closes the communicator.
 */
@NullMarked
package io.coxswain.worker.collective.nccl;

import org.jspecify.annotations.NullMarked;
