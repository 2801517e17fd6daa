/**
 * The client of the coordinator.
 *
 * <p>{@link io.coxswain.worker.step.StepClient} is the step's path: the forward thread drives its event loop itself.
 * {@link io.coxswain.worker.step.CoordinatorSession} is everything else, on an event loop of its own. Its states:
 *
 * <pre>
 * CONNECTING --welcome--> WAITING --membership--> PREPARING --start--> RUNNING
 *     |                     ^                     |  ^    |              |  |
 *     |                     |                     |  +-new membership----+  |
 *     |                     +-------- abort ------+-------------------------+
 *     +--refused--> REFUSED
 *
 * from each of the first four:  job ended --> ENDED    leave --> LEFT    stream lost, silence --> LOST
 * </pre>
 *
 * <p>REFUSED, ENDED, LEFT and LOST are final: a session is not used again.
 */
@NullMarked
package io.coxswain.worker.step;

import org.jspecify.annotations.NullMarked;
