/**
 * What the layers of a model see of the forward pass that they run in: its shape, its graph mode, and the token counts
 * of all data-parallel ranks. Depends on nothing of Coxswain but {@code io.coxswain.types}.
 */
@NullMarked
package io.coxswain.worker.forward;

import org.jspecify.annotations.NullMarked;
