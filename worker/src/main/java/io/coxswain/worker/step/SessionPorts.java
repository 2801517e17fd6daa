package io.coxswain.worker.step;

import java.util.function.LongSupplier;

/**
 * What a session needs of the rest of the process.
 *
 * @param listener told of what ends an epoch
 * @param phases what the heartbeats tell
 * @param standing what this member has promised and accepted; shared with the step client
 * @param nanoClock monotonic time in nanoseconds: System::nanoTime
 */
public record SessionPorts(
        SessionListener listener, PhaseBoard phases, MemberStanding standing, LongSupplier nanoClock) {}
