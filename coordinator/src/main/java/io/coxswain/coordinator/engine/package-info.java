/** The one thread that feeds the core and carries out its effects, and the ports it does that through. */
@NullMarked
package io.coxswain.coordinator.engine;

import org.jspecify.annotations.NullMarked;
