/** Tests against real servers and sockets. */
@NullMarked
package io.coxswain.worker.step;

import org.jspecify.annotations.NullMarked;
