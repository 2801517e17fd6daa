package io.coxswain.coordinator.core;

import java.util.List;

/**
 * A job's group: who is in it, which epoch it runs, which step is open. A function of (state, input, now): it does no I/O,
 * reads no clock and owns no thread, and the same inputs at the same times give the same effects.
 *
 * <p>Not thread-safe: one thread owns it. Times are nanoseconds of one monotonic clock, counted from an origin of the
 * caller's, so that they are never negative.
 */
public final class Group {

    private final GroupContext context;
    private final Membership membership;
    private final GroupInputs dispatch;

    /**
     * A group that waits for its ranks.
     *
     * @param config the coordinator's part of the settings
     * @param term this coordinator's term
     * @param nowNanos the time from which the join deadline runs
     */
    public Group(GroupConfig config, TermId term, long nowNanos) {
        this(config, term, JobMemory.NONE, nowNanos);
    }

    /**
     * A group that waits for its ranks, and remembers what an earlier coordinator knew of the job.
     *
     * @param config the coordinator's part of the settings
     * @param term this coordinator's term
     * @param memory what is remembered
     * @param nowNanos the time from which the join deadline runs
     */
    public Group(GroupConfig config, TermId term, JobMemory memory, long nowNanos) {
        this.context = new GroupContext(config, term, nowNanos);
        this.membership = new Membership(context);
        this.dispatch = new GroupInputs(context, membership);
        recall(memory);
    }

    private void recall(JobMemory memory) {
        membership.heardOfEpoch(memory.highestEpoch());
        context.roster.recall(memory);
        context.tally.recall(memory);
        dispatch.restarts().recall(memory.restarts());
    }

    /**
     * Takes one input.
     *
     * @return the effects, in the order in which they are to be carried out; valid until the next call
     */
    public List<Effect> handle(Input input, long nowNanos) {
        context.nowNanos = nowNanos;
        context.effects.clear();
        input.accept(dispatch);
        context.tellMembers();
        return context.effects;
    }

    /** When the next {@link Input.Tick} is due; a later one does no harm, it only finds later what there is to find. */
    public long nextTickNanos() {
        return membership.deadlines().nextNanos();
    }

    /** The group's state. */
    public GroupState state() {
        return membership.state();
    }

    /** Rises whenever {@link #memory} would say something else than before, but for ages. */
    public int memoryRevision() {
        return context.memoryRevision;
    }

    /** What another coordinator should know, should it take over. */
    public JobMemory memory(long nowNanos) {
        context.nowNanos = nowNanos;
        return new JobMemory(
                context.roster.settingsOrNull(),
                membership.highestEpoch(),
                context.tally.epochs(),
                dispatch.restarts().memory(),
                context.roster.memories());
    }

    /** The highest term that any member has promised; 0 for none. */
    public long highestPromise() {
        return dispatch.highestPromise();
    }

    /** A picture of the group at a time; immutable. */
    public GroupSnapshot snapshot(long nowNanos) {
        context.nowNanos = nowNanos;
        List<Seat> late = dispatch.lateRanks();
        String waitingFor = late.isEmpty() ? "" : dispatch.evidence(late);
        return GroupSnapshot.of(context, membership.position(waitingFor), membership::rankOf, late);
    }
}
