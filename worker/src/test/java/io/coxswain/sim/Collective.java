package io.coxswain.sim;

import io.coxswain.coordinator.core.DecidedStep;
import io.coxswain.coordinator.core.EpochId;
import io.coxswain.sim.Scenario.PeerLoss;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The communicator of an epoch: it connects when all ranks have come, and a pass ends when all have launched the same. */
final class Collective {

    private static final long LEAST_PASS = 4 * Times.MILLI;
    private static final int PASS_SPREAD_MICROS = 40_000;
    private static final int SKEW_MICROS = 1_500;

    private final Simulation world;
    private final EpochId epoch;
    private final @Nullable Rank[] joined;
    private final List<Rank> waiting = new ArrayList<>();
    private @Nullable DecidedStep pass;
    private int joinedCount;
    private State state = State.SOUND;

    private enum State {
        SOUND,
        /** A pass that has begun does not end, and nobody is told. */
        CUT,
        /** A rank has left it. */
        LEFT,
        /** It fails on all ranks. */
        FAILED
    }

    /** What a rank does when its collective is connected, its pass is done, or either fails. */
    interface Rank {
        SimWorker worker();

        void connected();

        void passDone(DecidedStep step);

        void collectiveFailed(String why);
    }

    Collective(Simulation world, EpochId epoch, int size) {
        this.world = world;
        this.epoch = epoch;
        this.joined = new Rank[size];
    }

    /** A rank connects; those of a group that somebody has left wait in vain. */
    void join(int number, Rank rank) {
        if (joined[number] != null) {
            throw new Violation(Invariant.EQUAL_SHAPES, "rank " + number + " of epoch " + epoch + " connects twice");
        }
        joined[number] = rank;
        joinedCount++;
        if (joinedCount == joined.length && state == State.SOUND) {
            for (Rank one : joined) {
                if (one != null) {
                    one.worker().later(world.random().nextInt(2000) * Times.MICRO, one::connected);
                }
            }
        }
    }

    /** A rank launches its part of a pass. */
    void launch(Rank rank, DecidedStep step) {
        if (state == State.LEFT || state == State.FAILED) {
            failLater(rank);
            return;
        }
        DecidedStep first = pass;
        if (first == null) {
            pass = step;
        } else if (first.step() != step.step() || !isSameShape(first, step)) {
            throw new Violation(Invariant.EQUAL_SHAPES, rank.worker() + " launches " + step + "; others " + first);
        }
        waiting.add(rank);
        if (waiting.size() == joined.length) {
            begin(step);
        }
    }

    @SuppressWarnings("ReferenceEquality") // mostly it is one object, for it came from one coordinator
    private static boolean isSameShape(DecidedStep one, DecidedStep other) {
        return one == other
                || (one.decision().action() == other.decision().action()
                        && Arrays.equals(
                                one.decision().numTokensAcrossDp(),
                                other.decision().numTokensAcrossDp())
                        && one.decision().gather() == other.decision().gather()
                        && one.decision().microbatches() == other.decision().microbatches()
                        && one.decision().graphMode() == other.decision().graphMode());
    }

    private void begin(DecidedStep step) {
        world.invariants().begun(epoch, step.step());
        if (state == State.CUT) {
            return;
        }
        long pass = LEAST_PASS + world.random().nextInt(PASS_SPREAD_MICROS) * Times.MICRO;
        List<Rank> ranks = List.copyOf(waiting);
        for (Rank rank : ranks) {
            long skew = world.random().nextInt(SKEW_MICROS) * Times.MICRO;
            rank.worker().later(pass + skew, () -> done(rank, step));
        }
    }

    private void done(Rank rank, DecidedStep step) {
        if (!waiting.remove(rank)) {
            return; // it has failed meanwhile
        }
        if (waiting.isEmpty()) {
            pass = null;
        }
        rank.passDone(step);
    }

    /** A rank has closed its gate, or its process has ended. */
    void leave() {
        breakAs(State.LEFT);
    }

    /** Fails on all ranks, as when a switch is restarted. */
    void fail() {
        breakAs(State.FAILED);
    }

    /** From now on no pass ends. */
    void cut() {
        if (state == State.SOUND) {
            state = State.CUT;
            waiting.clear();
        }
    }

    private void breakAs(State how) {
        if (state == State.LEFT || state == State.FAILED) {
            return;
        }
        state = how;
        List<Rank> caught = List.copyOf(waiting);
        waiting.clear();
        caught.forEach(this::failLater);
    }

    private void failLater(Rank rank) {
        if (state == State.FAILED || world.scenario().traits().peerLoss() == PeerLoss.FAILS) {
            String why = state == State.FAILED ? "the network failed" : "a peer is gone";
            rank.worker().later((1 + world.random().nextInt(40)) * Times.MILLI, () -> rank.collectiveFailed(why));
        }
    }
}
