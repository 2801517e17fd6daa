package io.coxswain.worker;

import static io.coxswain.worker.EpochWorld.REQUEST;
import static io.coxswain.worker.EpochWorld.abort;
import static io.coxswain.worker.EpochWorld.coordinate;
import static io.coxswain.worker.EpochWorld.epoch;
import static io.coxswain.worker.EpochWorld.jobEnded;
import static io.coxswain.worker.EpochWorld.membership;
import static io.coxswain.worker.EpochWorld.own;
import static io.coxswain.worker.EpochWorld.planned;
import static io.coxswain.worker.EpochWorld.welcome;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.v1.Action;
import io.coxswain.v1.ControlDown;
import io.coxswain.v1.ControlUp;
import io.coxswain.v1.ControlUp.BodyCase;
import io.coxswain.v1.JobEnded.Outcome;
import io.coxswain.v1.RankInfo;
import io.coxswain.v1.StepDown;
import io.coxswain.v1.StepReport;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.PeerLostException;
import io.coxswain.worker.feed.ExecutedRequest;
import io.coxswain.worker.runner.Execution;
import io.coxswain.worker.runner.ForwardShape;
import io.coxswain.worker.runner.Model;
import io.coxswain.worker.runner.TokenBatch;
import io.coxswain.worker.runner.Verification;
import io.coxswain.worker.step.CapturedGraphs;
import io.coxswain.worker.step.GraphKey;
import io.coxswain.worker.step.GroupMembership;
import io.coxswain.worker.step.JobEndedException;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EpochLoopTest {

    private static final ExecutedRequest EXECUTED =
            new ExecutedRequest(REQUEST.id(), REQUEST.attempt(), REQUEST.promptTokens(), REQUEST.generatedTokens());

    private final Recorder model = new Recorder();

    @Test
    void shouldGoOnWithItsRequestsInTheEpochThatFollowsAnAbort() throws Exception {
        var script = new Coordinator() {
            @Override
            public void onControl(ControlUp up, StreamObserver<ControlDown> down) {
                super.onControl(up, down);
                if (up.hasAbortAcknowledged()) {
                    down.onNext(membership(2));
                }
            }

            @Override
            public void onReport(StepReport report, StreamObserver<StepDown> down) {
                if (isStep(report, 1, 2)) {
                    control().onNext(abort(1));
                } else {
                    decide(report, down);
                }
            }
        };
        try (EpochWorld world = new EpochWorld(script)) {
            Optional<GroupMembership> last = world.run(model);

            assertThat(last)
                    .hasValueSatisfying(group -> assertThat(group.number()).isEqualTo(2));
            assertThat(world.finished()).containsExactly(EXECUTED);
            assertThat(model.epochs).containsExactly("1", "2");
            assertThat(model.attached).isZero();
            assertThat(world.summary().getSteps()).isEqualTo(REQUEST.generatedTokens());
            assertThat(world.summary().getAbortedTokens())
                    .as("nothing was launched in vain")
                    .isZero();
        }
    }

    @Test
    void shouldSayThatACollectiveFailedAndDoTheStepAgain() throws Exception {
        var script = new Coordinator() {
            @Override
            public void onControl(ControlUp up, StreamObserver<ControlDown> down) {
                super.onControl(up, down);
                if (up.hasCollectiveFailed()) {
                    down.onNext(abort(1));
                    down.onNext(membership(2));
                }
            }
        };
        model.failing = "1";
        try (EpochWorld world = new EpochWorld(script)) {
            world.run(model);

            assertThat(world.coordinator()
                            .nextControlUp(BodyCase.COLLECTIVE_FAILED)
                            .getCollectiveFailed()
                            .getReason())
                    .isEqualTo("rank 1 closed its connection");
            assertThat(world.finished()).containsExactly(EXECUTED);
            assertThat(world.summary().getAbortedTokens()).isEqualTo(REQUEST.promptTokens());
            assertThat(world.summary().getSteps()).isEqualTo(REQUEST.generatedTokens());
        }
    }

    @Test
    void shouldGoOnInAPlannedEpochThatWasConnectedMeanwhile() throws Exception {
        var script = new Coordinator() {
            private @Nullable StepReport open;
            private @Nullable StreamObserver<StepDown> asker;

            @Override
            public void onReport(StepReport report, StreamObserver<StepDown> down) {
                if (isStep(report, 1, 2)) {
                    open = report;
                    asker = down;
                    control().onNext(planned(2, 1));
                } else {
                    decide(report, down);
                }
            }

            @Override
            public void onControl(ControlUp up, StreamObserver<ControlDown> down) {
                if (up.hasPrepared() && open != null && asker != null) {
                    EpochWorld.decide(open, Action.ACTION_RECONFIGURE, asker);
                }
                super.onControl(up, down);
            }
        };
        try (EpochWorld world = new EpochWorld(script)) {
            Optional<GroupMembership> last = world.run(model);

            assertThat(last)
                    .hasValueSatisfying(group -> assertThat(group.number()).isEqualTo(2));
            assertThat(world.finished()).containsExactly(EXECUTED);
            assertThat(model.epochs).containsExactly("1", "2");
        }
    }

    @Test
    void shouldLeaveWhenTheGroupGoesOnWithoutIt() throws Exception {
        var script = new Coordinator() {
            @Override
            public void onReport(StepReport report, StreamObserver<StepDown> down) {
                EpochWorld.decide(report, report.getStep() == 2 ? Action.ACTION_RECONFIGURE : Action.ACTION_RUN, down);
            }
        };
        try (EpochWorld world = new EpochWorld(script)) {
            Optional<GroupMembership> last = world.run(model);

            assertThat(last)
                    .hasValueSatisfying(group -> assertThat(group.number()).isEqualTo(1));
            assertThat(world.finished()).isEmpty();
            assertThat(world.summary().getSteps()).isEqualTo(2);
        }
    }

    /** What a peer has told the coordinator, and that it does not come, is no reason to go: the next epoch may be without it. */
    @Test
    void shouldSayWhyAnEpochCannotBePreparedAndTryTheNext() throws Exception {
        RankInfo elsewhere =
                RankInfo.newBuilder().setCollectiveAddress("nowhere").build();
        var script = new Coordinator() {
            @Override
            public void onControl(ControlUp up, StreamObserver<ControlDown> down) {
                if (up.hasHello()) {
                    down.onNext(welcome());
                    down.onNext(membership(1, List.of(own(), elsewhere)));
                } else {
                    super.onControl(up, down);
                }
                if (up.hasPreparationFailed()) {
                    boolean first = up.getPreparationFailed().getEpoch().equals(epoch(1));
                    down.onNext(abort(first ? 1 : 2));
                    down.onNext(first ? withoutRankZero(2) : membership(3));
                }
            }
        };
        try (EpochWorld world = new EpochWorld(script)) {
            Optional<GroupMembership> last = world.run(model);

            assertThat(nextFailure(world))
                    .isEqualTo("--collective_address is nowhere; allowed is HOST:PORT with a port of 1 to 65535");
            assertThat(nextFailure(world)).contains("communicator id of epoch 2");
            assertThat(last)
                    .hasValueSatisfying(group -> assertThat(group.number()).isEqualTo(3));
            assertThat(world.finished()).containsExactly(EXECUTED);
        }
    }

    @Test
    void shouldEndWellWhenTheJobIsDoneBeforeItTookPart() throws Exception {
        var script = new Coordinator() {
            @Override
            public void onControl(ControlUp up, StreamObserver<ControlDown> down) {
                if (up.hasHello()) {
                    down.onNext(welcome());
                    down.onNext(jobEnded(Outcome.OUTCOME_STOPPED));
                }
            }
        };
        try (EpochWorld world = new EpochWorld(script)) {
            assertThat(world.run(model)).isEmpty();
        }
    }

    @Test
    void shouldEndWellWhenNobodySaysGoodbyeAfterTheLastStep() throws Exception {
        var script = new Coordinator() {
            @Override
            void sayGoodbye() {
                // It has gone.
            }
        };
        try (EpochWorld world = new EpochWorld(script)) {
            assertThat(world.run(model)).isPresent();
            assertThat(world.finished()).containsExactly(EXECUTED);
        }
    }

    @Test
    void shouldEndWithTheCoordinatorsVerdictWhenTheJobFails() throws Exception {
        var script = new Coordinator() {
            @Override
            public void onReport(StepReport report, StreamObserver<StepDown> down) {
                control().onNext(jobEnded(Outcome.OUTCOME_FAILED));
            }
        };
        try (EpochWorld world = new EpochWorld(script)) {
            assertThatThrownBy(() -> world.run(model))
                    .isInstanceOf(JobEndedException.class)
                    .hasMessageContaining("as scripted");
        }
    }

    private static String nextFailure(EpochWorld world) throws InterruptedException {
        return world.coordinator()
                .nextControlUp(BodyCase.PREPARATION_FAILED)
                .getPreparationFailed()
                .getReason();
    }

    /** Rank 0, which makes the communicator's id, does not come; the preparation has little time. */
    private static ControlDown withoutRankZero(long number) {
        ControlDown.Builder membership = membership(number, List.of(RankInfo.getDefaultInstance(), own())).toBuilder();
        membership.getMembershipBuilder().setPrepareTimeoutNanos(TimeUnit.MILLISECONDS.toNanos(50));
        return membership.build();
    }

    private static boolean isStep(StepReport report, long epoch, long step) {
        return report.getEpoch().equals(epoch(epoch)) && report.getStep() == step;
    }

    /** A calm coordinator, which knows the control stream also where it decides; its calls come on one thread. */
    private abstract static class Coordinator implements EpochWorld.Script {
        private @Nullable StreamObserver<ControlDown> control;

        @Override
        public void onControl(ControlUp up, StreamObserver<ControlDown> down) {
            control = down;
            coordinate(up, down);
        }

        @Override
        public void onReport(StepReport report, StreamObserver<StepDown> down) {
            decide(report, down);
        }

        void decide(StepReport report, StreamObserver<StepDown> down) {
            EpochWorld.decide(report, down);
            if (report.getNumTokens() == 0 && report.getVotes(0) == 1) {
                sayGoodbye();
            }
        }

        void sayGoodbye() {
            control().onNext(jobEnded(Outcome.OUTCOME_STOPPED));
        }

        StreamObserver<ControlDown> control() {
            if (control == null) {
                throw new AssertionError("there is no control stream");
            }
            return control;
        }
    }

    /** A model that computes nothing, and whose collectives fail in an epoch. */
    private static final class Recorder implements Model {
        private final List<String> epochs = new ArrayList<>();
        private String failing = "";
        private int attached;

        @Override
        public Attachment attach(Communicator communicator) {
            epochs.add(communicator.group().epoch());
            attached++;
            return () -> attached--;
        }

        @Override
        public CapturedGraphs captured() {
            return CapturedGraphs.ALL;
        }

        @Override
        public void capture(GraphKey graph, ForwardShape shape) {
            throw new UnsupportedOperationException("it has all graphs");
        }

        @Override
        public Execution forward(TokenBatch batch, ForwardShape shape, @Nullable GraphKey graph) {
            if (epochs.get(epochs.size() - 1).equals(failing)) {
                throw new PeerLostException(1, "rank 1 closed its connection", null);
            }
            return Execution.EAGER;
        }

        @Override
        public long resultHash() {
            return 0;
        }

        @Override
        public Optional<Verification> verification() {
            return Optional.empty();
        }

        @Override
        public void close() {
            // It holds nothing.
        }
    }
}
