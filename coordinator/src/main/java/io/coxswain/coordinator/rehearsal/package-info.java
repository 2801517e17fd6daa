/**
 * Plays takeovers before there is one, so that the first is not the first time that its code runs.
 * {@link io.coxswain.coordinator.rehearsal.TakeoverRehearsal} is where to begin.
 */
@NullMarked
package io.coxswain.coordinator.rehearsal;

import org.jspecify.annotations.NullMarked;
