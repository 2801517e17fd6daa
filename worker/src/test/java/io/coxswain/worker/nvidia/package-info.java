/** The real bindings over NVIDIA's own libraries, on machines without a GPU: they load, and say that there is none. */
@NullMarked
package io.coxswain.worker.nvidia;

import org.jspecify.annotations.NullMarked;
