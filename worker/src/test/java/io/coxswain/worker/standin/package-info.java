/** The CUDA, NCCL and cuBLAS libraries over host memory that tests run the real bindings on, and tests of how they fail. */
@NullMarked
package io.coxswain.worker.standin;

import org.jspecify.annotations.NullMarked;
