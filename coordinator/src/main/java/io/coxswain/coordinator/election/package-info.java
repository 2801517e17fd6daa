/**
 * How a coordinator's replica comes to lead, and ceases to: a function of (state, input, now), without clock, thread, logger
 * and store. The lease in the store only elects. Nothing depends on there being one leader at a time, nor on what the store
 * remembers: the ranks refuse all but the highest term that they have promised.
 *
 * <pre>
 *             the holder is gone, has released it,           written, and no
 *             or stands still; a majority is there           higher term known
 *   STANDBY ---------------------------------------&gt; STANDING ----------------&gt; LEADING
 *    |   ^                                           |   |                      |  |  |
 *    |   +-------------------------------------------+   |                      |  |  | told to stop
 *    |   ^  lost, failed, no answer, no majority         |                      |  |  v
 *    |   |                                               |                      |  | HANDING_OVER
 *    |   +----------------------------------------------------------------------+  |  |
 *    |      a lease of another, a higher term, deposed   |                         |  | taken by another,
 *    |                                                   v                         v  v or nobody comes
 *    +-----------------------------------------------&gt; STOPPED &lt;---------------------+
 *       told to stop, or the job has ended
 * </pre>
 *
 * <p>{@link io.coxswain.coordinator.election.Election} takes {@link io.coxswain.coordinator.election.ElectionInput}s and
 * gives {@link io.coxswain.coordinator.election.ElectionEffect}s.
 */
@NullMarked
package io.coxswain.coordinator.election;

import org.jspecify.annotations.NullMarked;
