/**
 * One replica of a coordinator: it runs the election on the event loop, asks the store on a thread of the store's, and has
 * its office lead or stand by. {@link io.coxswain.coordinator.replica.Replica} is where to begin.
 */
@NullMarked
package io.coxswain.coordinator.replica;

import org.jspecify.annotations.NullMarked;
