package io.coxswain.sim;

import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.election.Election;
import io.coxswain.coordinator.election.ElectionConfig;
import io.coxswain.coordinator.election.ElectionEffect;
import io.coxswain.coordinator.election.ElectionInput;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A replica's process around the real election, with a clock of its own: it hosts a coordinator while it leads. */
final class SimReplica extends SimProcess implements ElectionEffect.Visitor {

    private static final ElectionInput TICK = new ElectionInput.Tick();
    private static final long NONE = Long.MAX_VALUE;
    /** Clocks go wrong by up to so many thousandths. */
    private static final int MOST_DRIFT = 30;

    private static final int PER_MILLE = 1000;

    private final Simulation world;
    private final SimStore store;
    private final long id;
    private final int drift;
    private final Election election;
    private Set<Long> seen = Set.of();
    private @Nullable SimCoordinator coordinator;
    private long highestTold;
    private long timerNanos = NONE;

    SimReplica(Simulation world, SimStore store, long id) {
        super(world.events(), "replica " + Long.toHexString(id));
        this.world = world;
        this.store = store;
        this.id = id;
        this.drift = store.random().nextInt(2 * MOST_DRIFT + 1) - MOST_DRIFT;
        this.election = new Election(ElectionConfig.defaults(world.scenario().replicas()), id, clock());
    }

    /** Joins the others, and begins to watch the lease. */
    void start() {
        world.history().change(() -> this + " starts");
        store.join(this);
        handle(TICK);
    }

    long id() {
        return id;
    }

    /** The coordinator that it hosts; null while it does not lead. */
    @Nullable
    SimCoordinator coordinator() {
        return coordinator;
    }

    boolean isLeading() {
        return election.state().leads();
    }

    /** By what it was told last of the others. */
    boolean seesMajority() {
        return world.scenario().isMajority(seen.size());
    }

    private long clock() {
        return now() + now() / PER_MILLE * drift;
    }

    void handle(ElectionInput input) {
        for (ElectionEffect effect : react(input)) {
            effect.accept(this);
        }
        armTimer();
    }

    private List<ElectionEffect> react(ElectionInput input) {
        try {
            return List.copyOf(election.handle(input, clock()));
        } catch (RuntimeException defect) {
            throw new Violation(Invariant.SOUND_CORE, this + " on " + input + ": " + defect, defect);
        }
    }

    private void armTimer() {
        long due = election.nextTickNanos();
        if (due == NONE || timerNanos <= due) {
            return;
        }
        timerNanos = due;
        long untilThen = Math.max(0, due - clock()) * PER_MILLE / (PER_MILLE + drift) + 1;
        later(untilThen, () -> {
            if (timerNanos == due) {
                timerNanos = NONE;
                handle(TICK);
            }
        });
    }

    /** A worker that came to its coordinator has promised a term. */
    void termHeard(long promised) {
        highestTold = Math.max(highestTold, promised);
        handle(new ElectionInput.TermHeard(promised));
    }

    /** Whom it sees has changed, or may have. */
    void sees(Set<Long> now) {
        seen = now;
        handle(new ElectionInput.ReplicasChanged(now));
    }

    /** The process stands still with all that is in it. */
    void freezeAll() {
        freeze();
        if (coordinator != null) {
            coordinator.freeze();
        }
    }

    /** Goes on, at first with what its coordinator was about to do. */
    void thawAll() {
        if (coordinator != null) {
            coordinator.thaw();
        }
        thaw();
    }

    /** The process ends with all that is in it. */
    void exit(String how) {
        if (isAlive()) {
            world.history().change(() -> this + " ends: " + how);
            endCoordinator(how);
            end(how);
        }
    }

    /**
     * The process vanishes with all that is in it.
     *
     * @return the coordinator that it hosted; null where it hosted none
     */
    @Nullable
    SimCoordinator vanishAll() {
        world.history().change(() -> this + " vanishes with its host");
        SimCoordinator hosted = coordinator;
        if (hosted != null) {
            hosted.vanish();
        }
        vanish();
        return hosted;
    }

    private void endCoordinator(String how) {
        SimCoordinator hosted = coordinator;
        if (hosted != null) {
            coordinator = null;
            world.cluster().exit(hosted, how);
        }
    }

    @Override
    void streamClosed(Stream stream, Closing closing) {
        throw new IllegalStateException("nobody opens a stream to a replica, but to its coordinator");
    }

    @Override
    public void onReadLease(ElectionEffect.ReadLease effect) {
        store.read(this);
    }

    @Override
    public void onTakeLease(ElectionEffect.TakeLease effect) {
        Set<Long> others = new HashSet<>(seen);
        if (effect.expected().holder() != id) {
            others.remove(effect.expected().holder()); // it is taken for lost
        }
        if (world.scenario().needsMajority() && !world.scenario().isMajority(others.size())) {
            throw new Violation(Invariant.MAJORITY, this + " stands: " + effect);
        }
        store.take(this, effect);
    }

    @Override
    public void onRenewLease(ElectionEffect.RenewLease effect) {
        store.renew(this, effect);
    }

    @Override
    public void onReleaseLease(ElectionEffect.ReleaseLease effect) {
        store.release(this, effect);
    }

    @Override
    public void onLead(ElectionEffect.Lead effect) {
        TermId term = effect.term();
        if (term.number() <= highestTold) {
            throw new Violation(
                    Invariant.RISING_TERM, this + " leads term " + term + "; it was told of " + highestTold);
        }
        coordinator = world.cluster().lead(this, term);
    }

    @Override
    public void onStepDown(ElectionEffect.StepDown effect) {
        endCoordinator(effect.reason());
    }

    @Override
    public void onTransitioned(ElectionEffect.Transitioned effect) {
        world.history().change(() -> this + ": " + effect.from() + " -> " + effect.to() + ": " + effect.reason());
    }

    @Override
    public void onHandedOver(ElectionEffect.HandedOver effect) {
        world.tally().happened(Occurrence.HANDED_OVER);
    }

    @Override
    public void onStopped(ElectionEffect.Stopped effect) {
        if (!world.isOver()) {
            world.cluster().left(this);
        }
    }
}
