package io.coxswain.coordinator.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.v1.ControlDown;
import io.coxswain.v1.ControlServiceGrpc;
import io.coxswain.v1.ControlUp;
import io.coxswain.v1.GetStatusRequest;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.Heartbeat;
import io.coxswain.v1.Phase;
import io.coxswain.v1.RankStatus;
import io.coxswain.v1.ReportExitRequest;
import io.coxswain.v1.StatusServiceGrpc;
import io.coxswain.v1.StepUp;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class StatusQueriesTest {

    @TempDir
    private Path directory;

    private ServerWorld world;

    @BeforeEach
    void start() throws Exception {
        world = ServerWorld.start(directory);
    }

    @AfterEach
    void close() throws Exception {
        world.close();
    }

    @Test
    void shouldShowWhoIsMissingWhileTheGroupComesTogether() throws Exception {
        world.control().send(Messages.hello(1)).next();

        GetStatusResponse status = world.status();

        assertThat(status.getState()).isEqualTo("joining");
        assertThat(status.getStateDetail()).isEqualTo("waiting for all ranks to join");
        assertThat(status.getJob()).isEqualTo("job");
        assertThat(status.getTerm()).isEqualTo(Messages.TERM);
        assertThat(status.hasEpoch()).isFalse();
        assertThat(status.getWorldSize()).isEqualTo(2);
        assertThat(status.getLeader().getAddress()).startsWith("127.0.0.1:");
        assertThat(status.getLeader().getPid())
                .isEqualTo((int) ProcessHandle.current().pid());
        RankStatus missing = status.getRanks(0);
        assertThat(missing.getState()).isEqualTo("missing");
        assertThat(missing.hasRank()).isFalse();
        assertThat(missing.hasLastStep()).isFalse();
        assertThat(missing.hasLastMessageAgeNanos()).isFalse();
        RankStatus joined = status.getRanks(1);
        assertThat(joined.getState()).isEqualTo("joined");
        assertThat(joined.hasRank()).isFalse();
        assertThat(joined.getHost()).isEqualTo("node1");
        assertThat(joined.getPid()).isEqualTo(4001);
        assertThat(joined.getDevice()).isEqualTo("cpu");
        assertThat(joined.hasLastMessageAgeNanos()).isTrue();
        assertThat(joined.getPhase()).isEqualTo(Phase.PHASE_OUTSIDE);
    }

    @Test
    void shouldShowWhoIsPrepared() throws Exception {
        List<RawStream<ControlUp, ControlDown>> controls = world.joined();
        var epoch = controls.get(0).next().getMembership().getEpoch();

        controls.get(0).send(Messages.prepared(epoch));

        GetStatusResponse status = world.status();
        assertThat(status.getState()).isEqualTo("preparing");
        assertThat(status.getEpoch()).isEqualTo(epoch);
        assertThat(status.getRanksList())
                .extracting(rank -> rank.getState() + " " + rank.getRank())
                .containsExactly("prepared 0", "preparing 1");
    }

    @Test
    void shouldShowStepsTokensAndRefusalsWhileTheGroupRuns() throws Exception {
        ServerWorld.Ranks ranks = world.running();
        ranks.report(0, 0, 3);
        ranks.report(1, 0, 6);
        ranks.answer(0);
        ranks.answer(1);
        ranks.report(1, 1, 2);
        ranks.report(1, 5, 2);
        ranks.answer(1);
        ranks.controls()
                .get(1)
                .send(ControlUp.newBuilder()
                        .setHeartbeat(
                                Heartbeat.newBuilder().setEpoch(ranks.epoch()).setPhase(Phase.PHASE_REPORTED))
                        .build());

        GetStatusResponse status = world.status();

        assertThat(status.getState()).isEqualTo("running");
        assertThat(status.getStep()).isEqualTo(1);
        assertThat(status.getRunDecisions()).isEqualTo(1);
        assertThat(status.getIdleDecisions()).isZero();
        assertThat(status.getRealTokens()).isEqualTo(9);
        assertThat(status.getPaddedTokens()).isEqualTo(16);
        assertThat(status.getRefusalsMap()).containsValue(1L).hasSize(1);
        assertThat(status.getCulpritsList()).isEmpty();
        assertThat(status.getRanksList())
                .extracting(rank -> rank.getState() + " " + rank.getRank() + ": step " + rank.getLastStep() + ", "
                        + rank.getNumTokens() + " tokens, " + rank.getNumRequests() + " requests, "
                        + rank.getPhase())
                .containsExactly(
                        "running 0: step 0, 3 tokens, 3 requests, PHASE_OUTSIDE",
                        "running 1: step 1, 2 tokens, 2 requests, PHASE_REPORTED");
    }

    @Test
    void shouldMeasureHowLateAReportIsOnlyBetweenTwoRuns() throws Exception {
        ServerWorld.Ranks ranks = world.running();
        for (int step = 0; step < 3; step++) {
            ranks.report(0, step, 1);
            ranks.report(1, step, 1);
            ranks.answer(0);
            ranks.answer(1);
        }

        assertThat(world.status().getRanksList())
                .allSatisfy(rank -> assertThat(rank.getLateness().getCount()).isEqualTo(2));
    }

    @Test
    void shouldShowTheCulpritWhileTheSurvivorsAreTold() throws Exception {
        ServerWorld.Ranks ranks = world.running();
        world.status();
        ReportExitRequest exit = ReportExitRequest.newBuilder()
                .setJob("job")
                .setPlace(1)
                .setHow("killed by signal 9")
                .build();

        // Both on one connection, right behind each other: rank 0 is not heard to acknowledge in between.
        var reported = ControlServiceGrpc.newFutureStub(world.tcp()).reportExit(exit);
        var asked = StatusServiceGrpc.newFutureStub(world.tcp()).getStatus(GetStatusRequest.getDefaultInstance());

        reported.get(20, TimeUnit.SECONDS);
        GetStatusResponse status = asked.get(20, TimeUnit.SECONDS);
        assertThat(status.getState()).isEqualTo("aborting");
        assertThat(status.getCulpritsList()).containsExactly(1);
        assertThat(status.getStateDetail()).contains("killed by signal 9");
        assertThat(status.getEpoch()).isEqualTo(ranks.epoch());
    }

    @Test
    void shouldShowWhyTheJobFailed() throws Exception {
        ServerWorld.Ranks ranks = world.running();
        ranks.controls().get(1).send(Messages.leave());
        ranks.controls().get(0).next(); // the abort
        ranks.controls()
                .get(0)
                .send(ControlUp.newBuilder()
                        .setAbortAcknowledged(
                                io.coxswain.v1.AbortAcknowledged.newBuilder().setEpoch(ranks.epoch()))
                        .build());
        assertThat(ranks.controls().get(0).next().getJobEnded().getCulpritsList())
                .containsExactly(1);

        GetStatusResponse status = world.status();

        assertThat(status.getState()).isEqualTo("failed");
        assertThat(status.getCulpritsList()).containsExactly(1);
        assertThat(status.getStateDetail()).contains("it left: told to");
        assertThat(status.getRanks(1).getDetail()).contains("it left: told to");
    }

    @Test
    void shouldShowAJobThatHasEndedWell() throws Exception {
        ServerWorld.Ranks ranks = world.running();
        for (RawStream<StepUp, byte[]> step : ranks.steps()) {
            step.send(Messages.up(
                    Messages.reportOf(ranks.epoch(), 0, 0).clearVotes().addVotes(1)));
        }
        ranks.answer(0);

        GetStatusResponse status = world.status();

        assertThat(status.getState()).isEqualTo("stopped");
        assertThat(status.getStateDetail()).isEqualTo("every rank has finished; step 0 was the last");
        assertThat(status.getCulpritsList()).isEmpty();
    }
}
