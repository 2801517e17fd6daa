/** The cpu device: host memory, and matrix products by OpenBLAS through JavaCPP. */
@NullMarked
package io.coxswain.worker.device.cpu;

import org.jspecify.annotations.NullMarked;
