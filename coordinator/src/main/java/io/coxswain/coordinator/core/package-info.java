/**
 * The coordinator's core: the decision, the step barrier and the group's state machine. It is a function of (state, input,
 * now): no clock, no thread, no logger, no network, no protobuf.
 *
 * <pre>
 *               a member brings an epoch along
 *   JOINING -----------------------------------&gt; REATTACHING --------+
 *      |                                           |        |        | all of its members
 *      | all ranks joined       its members are    |        |        | run it still
 *      |                        not all there      |        |        |
 *      +---------------------+---------------------+        |        v
 *                            v        all prepared          |     RUNNING --+ a planned epoch
 *   WAITING -----------&gt; PREPARING ------------------------ | -----&gt; |  ^   | takes over
 *      ^  enough ranks       ^   |                          |        |  +---+
 *      |                     |   | loss, failure, deadline  |        |
 *      |                     |   v                          |        | loss, step deadline
 *      +-------------------- ABORTING &lt;---------------------------+
 *      too few survivors     survivors told                          | all finished
 *                                                                    v
 *   FAILED: by a deadline, or by the policy after an abort        STOPPED
 *   DEPOSED: from every state, by a member that has promised a higher term
 * </pre>
 *
 * <p>{@link io.coxswain.coordinator.core.Group} takes {@link io.coxswain.coordinator.core.Input}s and gives
 * {@link io.coxswain.coordinator.core.Effect}s; {@link io.coxswain.coordinator.core.StepDecider} is the decision.
 */
@NullMarked
package io.coxswain.coordinator.core;

import org.jspecify.annotations.NullMarked;
