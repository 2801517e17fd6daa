/**
 * How the launchers of several hosts come together, and how node 0's speaks to the others from then on: {@link
 * io.coxswain.worker.launch.rendezvous.Gathering} is pure and decides who is in, {@link
 * io.coxswain.worker.launch.rendezvous.RendezvousServer} and {@link io.coxswain.worker.launch.rendezvous.RendezvousClient} carry its
 * messages. Depends on nothing of the launcher's but the contract.
 */
@NullMarked
package io.coxswain.worker.launch.rendezvous;

import org.jspecify.annotations.NullMarked;
