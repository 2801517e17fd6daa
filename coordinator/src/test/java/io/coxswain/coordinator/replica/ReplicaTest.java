package io.coxswain.coordinator.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.coxswain.coordinator.core.Effect;
import io.coxswain.coordinator.core.GroupState;
import io.coxswain.coordinator.core.JobMemory;
import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.election.ElectionState;
import io.coxswain.coordinator.election.Lease;
import io.coxswain.coordinator.store.JobEnd;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReplicaTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final JobMemory MEMORY =
            new JobMemory(null, 41, JobMemory.EpochCounts.NONE, new JobMemory.SpentRestarts(3, List.of()), List.of());
    private static final Lease OTHERS = new Lease(5, 99, 0);

    @Test
    void shouldLeadAtOnceWhereNobodyElseIs() {
        try (var world = new ReplicaWorld(1)) {
            world.start();

            await().atMost(PATIENCE).until(() -> world.reigns.size() == 1);
            assertThat(world.reigns.get(0).term()).isEqualTo(new TermId(1, ReplicaWorld.SELF));
            assertThat(world.store.read().lease().holder()).isEqualTo(ReplicaWorld.SELF);
        }
    }

    @Test
    void shouldBeginWithWhatTheStoreRemembers() throws Exception {
        try (var world = new ReplicaWorld(2)) {
            world.store.remember(5, MEMORY);
            world.store.holds(OTHERS.released());
            world.start();

            await().atMost(PATIENCE).until(() -> world.reigns.size() == 1);
            assertThat(world.reigns.get(0).memory()).isEqualTo(MEMORY);
            assertThat(world.reigns.get(0).term().number()).isEqualTo(6);
        }
    }

    @Test
    void shouldStandAsSoonAsItsLineToTheLeaderBreaks() {
        try (var world = new ReplicaWorld(2)) {
            world.store.holds(OTHERS);
            world.start();
            await().atMost(PATIENCE).until(() -> world.lines.size() == 1);
            assertThat(world.reigns).isEmpty();

            world.onLoop(world.lines.get(0));

            await().atMost(PATIENCE).until(() -> world.reigns.size() == 1);
            assertThat(world.reigns.get(0).term().number()).isEqualTo(6);
        }
    }

    @Test
    void shouldNotStandWithoutAMajority() {
        try (var world = new ReplicaWorld(3)) {
            world.store.holds(OTHERS);
            world.start();
            await().atMost(PATIENCE).until(() -> world.lines.size() == 1);
            world.onLoop(world.lines.get(0));

            await().during(Duration.ofSeconds(2)).atMost(PATIENCE).until(world.reigns::isEmpty);

            world.see(3, ReplicaWorld.SELF, 8);
            await().atMost(PATIENCE).until(() -> world.reigns.size() == 1);
        }
    }

    @Test
    void shouldStandAboveTheTermByWhichItWasDeposed() {
        try (var world = new ReplicaWorld(1)) {
            world.start();
            await().atMost(PATIENCE).until(() -> world.reigns.size() == 1);

            world.promise = 8;
            world.onLoop(() -> world.replica.onTransition(
                    new Effect.Transitioned(GroupState.RUNNING, GroupState.DEPOSED, "a member has promised term 8")));

            await().atMost(PATIENCE).until(() -> world.reigns.size() == 2);
            assertThat(world.stoodBy).hasSize(1);
            assertThat(world.reigns.get(1).term().number()).isEqualTo(9);
            assertThat(world.store.read().highestTerm()).isEqualTo(9);
        }
    }

    @Test
    void shouldWriteDownWhatASuccessorShouldKnow() {
        try (var world = new ReplicaWorld(1)) {
            world.start();
            await().atMost(PATIENCE).until(() -> world.reigns.size() == 1);

            world.memory = MEMORY;
            world.onLoop(world.replica::onMemoryChanged);

            await().atMost(PATIENCE).until(() -> world.store.read().memory().equals(MEMORY));
        }
    }

    @Test
    void shouldEndWithItsJobAndLetItsServicesAnswer() throws Exception {
        try (var world = new ReplicaWorld(1)) {
            world.start();
            await().atMost(PATIENCE).until(() -> world.reigns.size() == 1);

            world.onLoop(() -> world.replica.onTransition(
                    new Effect.Transitioned(GroupState.RUNNING, GroupState.FAILED, "rank 2 is lost")));

            var end = new JobEnd(JobEnd.Kind.FAILED, "rank 2 is lost");
            assertThat(world.stopped.get(20, TimeUnit.SECONDS)).containsExactly(end);
            await().atMost(PATIENCE).until(() -> end.equals(world.store.read().end()));
            assertThat(world.stoodBy).isEmpty();
        }
    }

    @Test
    void shouldEndAsAStandbyWhenTheJobHasEnded() throws Exception {
        try (var world = new ReplicaWorld(2)) {
            world.store.holds(OTHERS);
            world.start();
            await().atMost(PATIENCE).until(() -> world.lines.size() == 1);
            var end = new JobEnd(JobEnd.Kind.STOPPED, "every rank has finished");

            world.store.end(5, end);

            assertThat(world.stopped.get(20, TimeUnit.SECONDS)).containsExactly(end);
            assertThat(world.reigns).isEmpty();
        }
    }

    @Test
    void shouldNotLeadAJobThatHadEndedBeforeItStood() throws Exception {
        try (var world = new ReplicaWorld(2)) {
            world.store.holds(OTHERS);
            world.start();
            await().atMost(PATIENCE).until(() -> world.lines.size() == 1);
            var end = new JobEnd(JobEnd.Kind.STOPPED, "every rank has finished");

            world.onLoop(() -> {
                world.store.holds(end);
                world.lines.get(0).run();
            });

            assertThat(world.stopped.get(20, TimeUnit.SECONDS)).containsExactly(end);
            assertThat(world.reigns).isEmpty();
        }
    }

    @Test
    void shouldWriteTheJobsEndUntilItIsWritten() throws Exception {
        try (var world = new ReplicaWorld(1)) {
            world.start();
            await().atMost(PATIENCE).until(() -> world.reigns.size() == 1);
            world.store.failNext(2);

            world.onLoop(() -> world.replica.onTransition(
                    new Effect.Transitioned(GroupState.RUNNING, GroupState.STOPPED, "every rank has finished")));

            var end = new JobEnd(JobEnd.Kind.STOPPED, "every rank has finished");
            assertThat(world.stopped.get(20, TimeUnit.SECONDS)).containsExactly(end);
            await().atMost(PATIENCE).until(() -> end.equals(world.store.read().end()));
        }
    }

    @Test
    void shouldHandOverBeforeItStops() throws Exception {
        try (var world = new ReplicaWorld(2)) {
            world.see(2, ReplicaWorld.SELF, 99);
            world.start();
            await().atMost(PATIENCE).until(() -> world.reigns.size() == 1);

            world.onLoop(world.replica::stop);
            await().atMost(PATIENCE).until(() -> world.store.read().lease().isReleased());
            assertThat(world.stoodBy)
                    .as("it leads on until there is a successor")
                    .isEmpty();
            world.store.holds(new Lease(2, 99, 1));

            assertThat(world.stopped.get(20, TimeUnit.SECONDS)).isEmpty();
            assertThat(world.handedOver).isTrue();
            assertThat(world.stoodBy).hasSize(1);
        }
    }

    @Test
    void shouldStopAtOnceWhereNobodyCanTakeOver() throws Exception {
        try (var world = new ReplicaWorld(1)) {
            world.start();
            await().atMost(PATIENCE).until(() -> world.reigns.size() == 1);

            world.onLoop(world.replica::stop);

            assertThat(world.stopped.get(20, TimeUnit.SECONDS)).isEmpty();
            assertThat(world.handedOver).isFalse();
            assertThat(world.stoodBy).containsExactly("told to stop");
        }
    }

    @Test
    void shouldSayWhoLeadsWhileItStandsBy() {
        try (var world = new ReplicaWorld(2)) {
            world.store.holds(OTHERS);
            world.start();

            ReplicaView shown = await().atMost(PATIENCE)
                    .until(
                            () -> world.shown,
                            view -> view != null && view.store().leader() != null);
            assertThat(shown.election()).isEqualTo(ElectionState.STANDBY);
            assertThat(shown.store().leader()).isEqualTo(ReplicaWorld.OTHER);
        }
    }
}
