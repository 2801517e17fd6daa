package io.coxswain.worker.gpucheck;

import io.coxswain.worker.device.cuda.CudaDeviceConfig;
import java.time.Duration;

/**
 * What is checked.
 *
 * @param device the device of the checks that need only one
 * @param ranks how many devices gather; 0 is all there are
 * @param bytes size of copies, and of what all ranks of a gather have in the end
 * @param matrix rows and columns of the products that are timed
 * @param timeout the longest that a gather may wait for NCCL or the devices
 */
record GpuCheckConfig(CudaDeviceConfig device, int ranks, int bytes, int matrix, Duration timeout) {}
