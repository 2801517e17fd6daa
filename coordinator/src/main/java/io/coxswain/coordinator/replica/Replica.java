package io.coxswain.coordinator.replica;

import io.coxswain.coordinator.core.Effect;
import io.coxswain.coordinator.core.GroupConfig;
import io.coxswain.coordinator.core.GroupState;
import io.coxswain.coordinator.core.JobMemory;
import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.election.Election;
import io.coxswain.coordinator.election.ElectionConfig;
import io.coxswain.coordinator.election.ElectionEffect;
import io.coxswain.coordinator.election.ElectionInput;
import io.coxswain.coordinator.election.ElectionState;
import io.coxswain.coordinator.election.Lease;
import io.coxswain.coordinator.engine.Engine;
import io.coxswain.coordinator.engine.EngineListener;
import io.coxswain.coordinator.engine.Scheduler;
import io.coxswain.coordinator.store.CoordinatorStore;
import io.coxswain.coordinator.store.JobEnd;
import io.coxswain.coordinator.store.Replicas;
import io.coxswain.coordinator.store.StoreListener;
import io.coxswain.coordinator.store.StoreView;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the election of one replica and carries out what it wants. Owned by the event loop, as all that hear of it are; the
 * store calls its {@link #storeListener} and the engine its listener.
 */
public final class Replica implements EngineListener {

    private static final Logger LOG = LoggerFactory.getLogger(Replica.class);
    private static final ElectionInput TICK = new ElectionInput.Tick();

    private final GroupConfig config;
    /** From which the election counts: its start, for the time it takes to join is no pause of this process. */
    private long originNanos = System.nanoTime();

    private final Ports ports;
    private final Election election;
    private final ElectionEffect.Visitor effects = new Effects();
    private final Rejoining rejoining;
    private final LeaderWatch leaderWatch;
    private final JobEnding ending;

    private @Nullable StoreThread store;
    private @Nullable Remembering remembering;
    private Scheduler.@Nullable Timer timer;
    private StoreView seen = StoreView.EMPTY;
    private long seenNanos = originNanos;
    private Replicas replicas = new Replicas(List.of(), 1);
    private boolean started;
    private boolean stopped;

    /**
     * A replica that has heard of nobody yet.
     *
     * @param config what a group of its would be
     * @param id its random id
     * @param wanted how many replicas there are to be
     */
    public Replica(GroupConfig config, long id, int wanted, Ports ports) {
        this.config = config;
        this.ports = ports;
        this.election = new Election(ElectionConfig.defaults(wanted), id, 0);
        this.rejoining = new Rejoining(ports.loop(), this::joinAgain);
        this.ending = new JobEnding(ports.loop());
        this.leaderWatch = new LeaderWatch(id, ports.line(), gone -> submit(new ElectionInput.HolderGone(gone)));
    }

    /**
     * What a replica works with.
     *
     * @param loop the event loop that owns it
     * @param office its services
     * @param line to another replica
     * @param listener hears what becomes of it
     */
    public record Ports(Scheduler loop, Office office, LeaderLine line, ReplicaListener listener) {}

    /** Begins, with a store that it has joined. On the event loop. */
    public void start(StoreThread joined) {
        store = joined;
        remembering = new Remembering(joined, new Remembering.Reign() {
            @Override
            public long term() {
                return election.term().number();
            }

            @Override
            public JobMemory memory() {
                return ports.office().memory();
            }
        });
        started = true;
        originNanos = System.nanoTime();
        submit(new ElectionInput.ReplicasChanged(replicas.ids()));
    }

    /** Hands over where it leads, and takes no part any more; the listener is told when that is so. On the event loop. */
    public void stop() {
        if (started && !stopped && replicas.seen().size() > 1) {
            submit(new ElectionInput.StopAsked());
        } else if (!stopped) { // nobody is there to take over
            stopped = true;
            ports.office().standBy("told to stop");
            ports.listener().onStopped(null);
        }
    }

    /** What hears of the store's changes; it may be called before {@link #start}, and on any thread. */
    public StoreListener storeListener() {
        return new StoreListener() {
            @Override
            public void onLease(Lease now) {
                ports.loop().execute(() -> {
                    if (now.holder() != seen.lease().holder()) {
                        read(); // with whoever holds it
                    }
                    submit(new ElectionInput.LeaseSeen(now));
                });
            }

            @Override
            public void onReplicas(Replicas now) {
                ports.loop().execute(() -> replicasChanged(now));
            }

            @Override
            public void onGone(long replica) {
                ports.loop().execute(() -> submit(new ElectionInput.HolderGone(replica)));
            }
        };
    }

    private void replicasChanged(Replicas now) {
        boolean hasSomebodyCome = !replicas.ids().containsAll(now.ids());
        replicas = now;
        rejoining.replicas(now);
        show();
        submit(new ElectionInput.ReplicasChanged(replicas.ids()));
        if (election.state().leads()) {
            ports.listener().onLeading(election.term(), now);
            if (hasSomebodyCome) {
                onMemoryChanged(); // of which it may know nothing
            }
        }
    }

    private void submit(ElectionInput input) {
        if (!started || stopped) {
            return;
        }
        if (now() - election.nextTickNanos() > Rejoining.DROPPED_NANOS) {
            rejoining.stoodStill();
        }
        try {
            for (ElectionEffect effect : List.copyOf(election.handle(input, now()))) {
                effect.accept(effects);
            }
        } catch (RuntimeException defect) {
            stopped = true;
            ports.listener().onDefect(defect);
            return;
        }
        armTimer();
    }

    private long now() {
        return System.nanoTime() - originNanos;
    }

    private void armTimer() {
        if (timer != null) {
            timer.cancel();
        }
        timer = stopped
                ? null
                : ports.loop().schedule(() -> submit(TICK), Math.max(0, election.nextTickNanos() - now()));
    }

    private <T> void ask(StoreThread.Question<T> question, Consumer<T> answer) {
        if (store != null) {
            store.ask(question, answer, failure -> submit(new ElectionInput.StoreFailed(failure)));
        }
    }

    private void read() {
        ask(CoordinatorStore::read, this::saw);
    }

    private void saw(StoreView view) {
        seen = view;
        seenNanos = System.nanoTime();
        show();
        if (stopped) {
            return;
        }
        if (election.state() != ElectionState.HANDING_OVER) {
            leaderWatch.saw(view);
        }
        if (!election.state().leads() && endsWith(view)) {
            return;
        }
        if (view.highestTerm() > view.lease().term()) {
            submit(new ElectionInput.TermHeard(view.highestTerm()));
        }
        submit(new ElectionInput.LeaseSeen(view.lease()));
    }

    /** Ends with the job where that has ended by what is seen; false: it has not. */
    private boolean endsWith(StoreView view) {
        ending.saw(view);
        if (!ending.isKnown()) {
            return false;
        }
        submit(new ElectionInput.JobEnded());
        return true;
    }

    private void show() {
        ports.office().show(new ReplicaView(election.state(), seen, seenNanos, replicas));
    }

    private void joinAgain() {
        if (store != null && !stopped) {
            store.note("joining again", CoordinatorStore::rejoin);
        }
    }

    @Override
    public void onTransition(Effect.Transitioned transition) {
        GroupState state = transition.to();
        String reason = transition.reason();
        LOG.info("group {} -> {}: {}", transition.from(), state, reason);
        TermId term = election.term();
        if (!state.isEnd() || term.equals(TermId.NONE)) {
            return;
        }
        // The engine carries out effects right now: what follows from this one comes after them.
        ports.loop().execute(() -> groupEnded(term, state, reason));
    }

    private void groupEnded(TermId term, GroupState state, String reason) {
        if (state == GroupState.DEPOSED) {
            long promised = ports.office().highestPromise();
            note("term " + promised, to -> to.raiseTerm(promised));
            submit(new ElectionInput.TermHeard(promised));
            submit(new ElectionInput.Deposed(term, reason));
            return;
        }
        var kind = state == GroupState.STOPPED ? JobEnd.Kind.STOPPED : JobEnd.Kind.FAILED;
        ending.reached(
                Objects.requireNonNull(store, "nobody leads before it has joined"), term, new JobEnd(kind, reason));
        submit(new ElectionInput.JobEnded());
    }

    @Override
    public void onMemoryChanged() {
        // The engine carries out effects right now: what it knows after them is what counts.
        ports.loop().execute(() -> {
            if (remembering != null) {
                remembering.changed();
            }
        });
    }

    private void note(String what, StoreThread.Note note) {
        if (store != null) {
            store.note(what, note);
        }
    }

    @Override
    public void onDefect(RuntimeException defect) {
        stopped = true;
        ports.listener().onDefect(defect);
    }

    /** Carries out what the election wants, one case each. */
    private final class Effects implements ElectionEffect.Visitor {

        @Override
        public void onReadLease(ElectionEffect.ReadLease effect) {
            read();
        }

        @Override
        public void onTakeLease(ElectionEffect.TakeLease effect) {
            ask(to -> new Taken(to.swap(effect.expected(), effect.next()), to.read()), taken -> {
                seen = taken.view();
                seenNanos = System.nanoTime();
                leaderWatch.saw(seen);
                if (!endsWith(seen)) { // else the leader before died after its job
                    submit(new ElectionInput.TakeAnswered(
                            taken.swapped().outcome(), taken.swapped().now()));
                }
            });
        }

        @Override
        public void onRenewLease(ElectionEffect.RenewLease effect) {
            ask(
                    to -> to.swap(effect.expected(), effect.next()),
                    swapped -> submit(new ElectionInput.RenewAnswered(swapped.outcome(), swapped.now())));
        }

        @Override
        public void onReleaseLease(ElectionEffect.ReleaseLease effect) {
            ask(
                    to -> to.swap(effect.expected(), effect.expected().released()),
                    swapped -> submit(new ElectionInput.ReleaseAnswered(swapped.outcome(), swapped.now())));
        }

        @Override
        public void onLead(ElectionEffect.Lead effect) {
            ports.office().lead(new Engine.Reign(config, effect.term(), seen.memory()), Replica.this);
            ports.listener().onLeading(effect.term(), replicas);
        }

        @Override
        public void onStepDown(ElectionEffect.StepDown effect) {
            if (!ending.isKnown()) {
                ports.office().standBy(effect.reason());
            }
        }

        @Override
        public void onTransitioned(ElectionEffect.Transitioned effect) {
            LOG.info("{} -> {}: {}", effect.from(), effect.to(), effect.reason());
            show();
        }

        @Override
        public void onHandedOver(ElectionEffect.HandedOver effect) {
            ports.listener().onHandedOver();
        }

        @Override
        public void onStopped(ElectionEffect.Stopped effect) {
            stopped = true;
            leaderWatch.close();
            ports.listener().onStopped(ending.known());
        }
    }

    /** A swap, and all that the store holds after it. */
    private record Taken(CoordinatorStore.Swapped swapped, StoreView view) {}
}
