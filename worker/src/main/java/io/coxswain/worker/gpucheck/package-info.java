/** The program behind scripts/gpu-check.sh: whether a machine's GPUs do what a worker needs, and how fast. */
@NullMarked
package io.coxswain.worker.gpucheck;

import org.jspecify.annotations.NullMarked;
