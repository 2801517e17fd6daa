/**
 * The coordinator's core: the decision, the step barrier and the group's state machine. It is a function of (state, input,
 * now): no clock, no thread, no logger, no network, no protobuf.
 *
 * <pre>
 *               all ranks joined           all ranks prepared
 *   JOINING ----------------------&gt; PREPARING -------------&gt; RUNNING
 *      |                                |                    |     |
 *      | join deadline                  | loss, failure,     |     | all finished
 *      |                                | deadline           |     v
 *      v                                v                    |   STOPPED
 *   FAILED &lt;---------------------- ABORTING &lt;---------------+
 *              survivors told                 loss, step deadline
 * </pre>
 *
 * <p>{@link io.coxswain.coordinator.core.Group} takes {@link io.coxswain.coordinator.core.Input}s and gives
 * {@link io.coxswain.coordinator.core.Effect}s; {@link io.coxswain.coordinator.core.StepDecider} is the decision.
 */
@NullMarked
package io.coxswain.coordinator.core;

import org.jspecify.annotations.NullMarked;
