/**
 * One NVIDIA GPU as a device: CUDA's runtime and cuBLASLt through JavaCPP. {@link
 * io.coxswain.worker.device.cuda.CudaProbe} says whether this machine has what it takes, before anything large is loaded.
 */
@NullMarked
package io.coxswain.worker.device.cuda;

import org.jspecify.annotations.NullMarked;
