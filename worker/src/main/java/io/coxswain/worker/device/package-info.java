/**
 * The port to the hardware that a rank computes on: memory, copies, and the few operations that the models need. A device
 * belongs to the forward thread; its operations may run behind that thread's back until {@link
 * io.coxswain.worker.device.Device#synchronize()}.
 */
@NullMarked
package io.coxswain.worker.device;

import org.jspecify.annotations.NullMarked;
