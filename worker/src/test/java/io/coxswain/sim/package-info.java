/**
 * A simulation of the whole protocol in virtual time: the coordinator's real core, and workers, a network, a launcher, a feed
 * and an adversary that follow the contract. One seed is one history.
 *
 * <p>Nothing here is thread-safe: a {@link io.coxswain.sim.Simulation} and all that it is made of belong to the thread that
 * runs it.
 */
@NullMarked
package io.coxswain.sim;

import org.jspecify.annotations.NullMarked;
