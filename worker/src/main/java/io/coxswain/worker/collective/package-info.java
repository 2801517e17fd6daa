/**
 * The port to the operations that all ranks of an epoch run together, and what can go wrong in them. Every communicator
 * belongs to one epoch; once that is aborted, nothing more is launched on it.
 */
@NullMarked
package io.coxswain.worker.collective;

import org.jspecify.annotations.NullMarked;
