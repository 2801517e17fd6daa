/** One rank as a program: its settings and its wiring. */
@NullMarked
package io.coxswain.worker;

import org.jspecify.annotations.NullMarked;
