/** The coordinator as a program: its settings and its wiring. */
@NullMarked
package io.coxswain.coordinator;

import org.jspecify.annotations.NullMarked;
