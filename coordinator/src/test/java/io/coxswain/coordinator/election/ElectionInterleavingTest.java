package io.coxswain.coordinator.election;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.coordinator.election.ElectionInput.HolderGone;
import io.coxswain.coordinator.election.ElectionInput.LeaseSeen;
import io.coxswain.coordinator.election.ElectionInput.Outcome;
import io.coxswain.coordinator.election.ElectionInput.ReleaseAnswered;
import io.coxswain.coordinator.election.ElectionInput.RenewAnswered;
import io.coxswain.coordinator.election.ElectionInput.ReplicasChanged;
import io.coxswain.coordinator.election.ElectionInput.TakeAnswered;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Three replicas and one store, in every order in which the store's work and its answers can come. */
class ElectionInterleavingTest {

    private static final Lease HELD = new Lease(3, 0xee, 5);
    private static final int REPLICAS = 3;
    private static final int LEAST_ORDERS = 10_000;

    @Test
    void shouldElectOneOfThreeThatStandAtOnce() {
        assertThat(playAll(Lease.NONE)).isGreaterThan(LEAST_ORDERS);
    }

    @Test
    void shouldElectOneOfThreeThatSeeTheHolderGo() {
        assertThat(playAll(HELD)).isGreaterThan(LEAST_ORDERS);
    }

    /** Depth first: each play goes its way to the end, and lists where it could have gone another. */
    private static int playAll(Lease first) {
        List<List<Integer>> open = new ArrayList<>(List.of(List.of()));
        int plays = 0;
        while (!open.isEmpty()) {
            Play play = new Play(first, open.remove(open.size() - 1));
            play.run(open);
            play.check();
            plays++;
        }
        return plays;
    }

    private static final class Play implements ElectionEffect.Visitor {

        private static final long STEP_NANOS = 1_000_000;

        private final List<Integer> way;
        private final List<Election> replicas = new ArrayList<>();
        private final List<List<Runnable>> work = new ArrayList<>();
        private final Set<Long> terms = new HashSet<>();
        private Lease lease;
        private int actor;
        private long nowNanos;

        Play(Lease first, List<Integer> way) {
            this.lease = first;
            this.way = new ArrayList<>(way);
            for (int replica = 0; replica < REPLICAS; replica++) {
                replicas.add(new Election(ElectionConfig.defaults(REPLICAS), 0xa0 + replica, 0));
                work.add(new ArrayList<>());
            }
        }

        void run(List<List<Integer>> open) {
            for (int replica = 0; replica < REPLICAS; replica++) {
                give(replica, new ReplicasChanged(Set.of(0xa0L, 0xa1L, 0xa2L)));
                give(replica, new HolderGone(HELD.holder()));
            }
            List<Integer> busy = busy();
            for (int step = 0; !busy.isEmpty(); step++) {
                int replica = step < way.size() ? way.get(step) : choose(busy, open);
                nowNanos += STEP_NANOS;
                work.get(replica).remove(0).run();
                busy = busy();
            }
        }

        private List<Integer> busy() {
            return IntStream.range(0, REPLICAS)
                    .filter(replica -> !work.get(replica).isEmpty())
                    .boxed()
                    .toList();
        }

        /** Goes the first way, and leaves the others for later. */
        private int choose(List<Integer> busy, List<List<Integer>> open) {
            for (int replica : busy.subList(1, busy.size())) {
                List<Integer> other = new ArrayList<>(way);
                other.add(replica);
                open.add(other);
            }
            way.add(busy.get(0));
            return busy.get(0);
        }

        void check() {
            assertThat(replicas.stream().filter(replica -> replica.state().leads()))
                    .as("leaders after " + way)
                    .hasSize(1);
            assertThat(replicas.stream()
                            .filter(replica -> replica.state().leads())
                            .map(replica -> replica.term().number()))
                    .containsExactly(lease.term());
        }

        private void give(int replica, ElectionInput input) {
            actor = replica;
            List.copyOf(replicas.get(replica).handle(input, nowNanos)).forEach(effect -> effect.accept(this));
        }

        /** The store does its part at one time, and its answer comes at another. */
        private void later(Runnable storeWork) {
            work.get(actor).add(storeWork);
        }

        private void answerLater(int replica, ElectionInput answer) {
            work.get(replica).add(() -> give(replica, answer));
        }

        private Outcome swap(Lease expected, Lease next) {
            if (!lease.equals(expected)) {
                return Outcome.LOST;
            }
            lease = next;
            return Outcome.WRITTEN;
        }

        @Override
        public void onReadLease(ElectionEffect.ReadLease effect) {
            int asker = actor;
            later(() -> answerLater(asker, new LeaseSeen(lease)));
        }

        @Override
        public void onTakeLease(ElectionEffect.TakeLease effect) {
            int asker = actor;
            later(() -> answerLater(asker, new TakeAnswered(swap(effect.expected(), effect.next()), lease)));
        }

        @Override
        public void onRenewLease(ElectionEffect.RenewLease effect) {
            int asker = actor;
            later(() -> answerLater(asker, new RenewAnswered(swap(effect.expected(), effect.next()), lease)));
        }

        @Override
        public void onReleaseLease(ElectionEffect.ReleaseLease effect) {
            int asker = actor;
            later(() -> answerLater(
                    asker,
                    new ReleaseAnswered(
                            swap(effect.expected(), effect.expected().released()), lease)));
        }

        @Override
        public void onLead(ElectionEffect.Lead effect) {
            assertThat(terms.add(effect.term().number()))
                    .as(effect + " after " + way)
                    .isTrue();
        }

        @Override
        public void onStepDown(ElectionEffect.StepDown effect) {}

        @Override
        public void onTransitioned(ElectionEffect.Transitioned effect) {}

        @Override
        public void onHandedOver(ElectionEffect.HandedOver effect) {}

        @Override
        public void onStopped(ElectionEffect.Stopped effect) {}
    }
}
