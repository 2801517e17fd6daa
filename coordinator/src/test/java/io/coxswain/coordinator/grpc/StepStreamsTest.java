package io.coxswain.coordinator.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.v1.Action;
import io.coxswain.v1.Epoch;
import io.coxswain.v1.Gather;
import io.coxswain.v1.GraphMode;
import io.coxswain.v1.Member;
import io.coxswain.v1.StepDecision;
import io.coxswain.v1.StepDown;
import io.coxswain.v1.StepOpen;
import io.coxswain.v1.StepRefusal;
import io.coxswain.v1.StepReport;
import io.coxswain.v1.StepUp;
import io.coxswain.v1.Term;
import io.grpc.Status;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class StepStreamsTest {

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
    void shouldSendAllRanksTheSameBytes() throws Exception {
        ServerWorld.Ranks ranks = world.running();

        ranks.report(0, 0, 3);
        ranks.report(1, 0, 6);

        byte[] onUnixSocket = ranks.steps().get(0).next();
        assertThat(ranks.steps().get(1).next()).isEqualTo(onUnixSocket);
        StepDown down = StepDown.parseFrom(onUnixSocket);
        assertThat(down.getTerm()).isEqualTo(Messages.TERM);
        StepDecision decision = down.getDecision();
        assertThat(decision.getReason()).isNotEmpty();
        assertThat(decision)
                .isEqualTo(StepDecision.newBuilder()
                        .setTerm(Messages.TERM)
                        .setEpoch(ranks.epoch())
                        .setAction(Action.ACTION_RUN)
                        .setGraphMode(GraphMode.GRAPH_MODE_FULL)
                        .setShape(io.coxswain.v1.BatchDescriptor.newBuilder()
                                .setNumTokens(8)
                                .setNumRequests(8)
                                .setUniformTokenCount(1))
                        .setUniformTokenCount(1)
                        .setLargestNumRequests(6)
                        .addNumTokensAcrossDp(8)
                        .addNumTokensAcrossDp(8)
                        .setMicrobatches(1)
                        .setGather(Gather.GATHER_PADDED)
                        .addVotes(io.coxswain.v1.AgreedVote.newBuilder().setValue(0))
                        .setReason(decision.getReason())
                        .build());
    }

    @Test
    void shouldNameTheRevisionsThatAStepWasDecidedOn() throws Exception {
        ServerWorld.Ranks ranks = world.running();
        ranks.report(0, 0, 0);
        ranks.report(1, 0, 0);
        assertThat(ranks.answer(0).getDecision().getAction()).isEqualTo(Action.ACTION_IDLE);
        assertThat(ranks.answer(1).getDecision().getRevisionsList()).isEmpty();
        ranks.report(0, 1, 0);
        ranks.report(1, 1, 0);

        ranks.steps()
                .get(1)
                .send(Messages.up(Messages.reportOf(ranks.epoch(), 1, 5).setRevision(1)));

        StepDecision run = ranks.answer(0).getDecision();
        assertThat(run.getAction()).isEqualTo(Action.ACTION_RUN);
        assertThat(run.getRevisionsList()).containsExactly(0, 1);
        assertThat(ranks.answer(1).getDecision()).isEqualTo(run);
    }

    @Test
    void shouldCloseTheStreamsWellAfterTheStop() throws Exception {
        ServerWorld.Ranks ranks = world.running();
        for (RawStream<StepUp, byte[]> step : ranks.steps()) {
            step.send(Messages.up(
                    Messages.reportOf(ranks.epoch(), 0, 0).clearVotes().addVotes(1)));
        }

        for (int rank = 0; rank < ServerWorld.WORLD_SIZE; rank++) {
            assertThat(ranks.answer(rank).getDecision().getAction()).isEqualTo(Action.ACTION_STOP);
            assertThat(ranks.steps().get(rank).status().getCode()).isEqualTo(Status.Code.OK);
        }
    }

    @Test
    void shouldAbortTheStreamsOfAnEpochThatIsOver() throws Exception {
        ServerWorld.Ranks ranks = world.running();
        ranks.report(0, 0, 0);
        ranks.report(1, 0, 0);
        ranks.answer(0);
        ranks.answer(1);

        ranks.controls().get(1).send(Messages.leave());

        for (RawStream<StepUp, byte[]> step : ranks.steps()) {
            Status status = step.status();
            assertThat(status.getCode()).isEqualTo(Status.Code.ABORTED);
            assertThat(status.getDescription()).contains("it left: told to");
        }
    }

    static Stream<Arguments> misfits() {
        return Stream.of(
                misfit(open -> open.setJob("other"), "job is \"other\"; this coordinator serves \"job\""),
                misfit(open -> open.setPlace(2), "place is 2; allowed are 0 to 1"),
                misfit(open -> open.setPlace(-1), "place is -1; allowed are 0 to 1"),
                misfit(open -> open.setMember(Member.newBuilder().setId(9)), "member 9#0 does not hold place 1"),
                misfit(
                        open -> open.setEpoch(open.getEpoch().toBuilder().setNumber(2)),
                        "epoch 2 (of term 1@c0ffee) does not run: deciding steps"),
                misfit(open -> open.setSession(1), "session is 1; allowed are numbers above 1"));
    }

    private static Arguments misfit(UnaryOperator<StepOpen.Builder> change, String reason) {
        return Arguments.of(change, reason);
    }

    @ParameterizedTest
    @MethodSource("misfits")
    void shouldRefuseAnOpeningThatDoesNotFit(UnaryOperator<StepOpen.Builder> change, String reason) throws Exception {
        ServerWorld.Ranks ranks = world.running();
        answered(ranks);

        // A worker does not wait for an answer to its opening: the report travels right behind it.
        var stream = world.step(world.tcp());
        stream.send(Messages.up(change.apply(Messages.openOf(1, ranks.epoch()).setSession(2))));
        stream.send(Messages.report(ranks.epoch(), 1, 4));

        Status status = stream.status();
        assertThat(status.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(status.getDescription()).isEqualTo(reason);
        ranks.report(0, 1, 1);
        ranks.report(1, 1, 1);
        assertThat(ranks.answer(0).getDecision().getStep()).isEqualTo(1);
    }

    @Test
    void shouldPutANewerSessionInTheOldersPlace() throws Exception {
        ServerWorld.Ranks ranks = world.running();
        answered(ranks);

        var newer = world.step(world.tcp())
                .send(Messages.up(Messages.openOf(1, ranks.epoch()).setSession(2)));

        Status status = ranks.steps().get(1).status();
        assertThat(status.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(status.getDescription()).isEqualTo("session 2 took the place of this stream");
        ranks.report(0, 1, 1);
        newer.send(Messages.report(ranks.epoch(), 1, 1));
        assertThat(StepDown.parseFrom(newer.next()).getDecision().getStep()).isEqualTo(1);
    }

    @Test
    void shouldRefuseAReportBeforeTheOpening() throws Exception {
        var stream = world.step(world.tcp())
                .send(Messages.report(Epoch.newBuilder().setNumber(1).build(), 0, 1));

        assertInvalid(stream, "the first message has to be open");
    }

    @Test
    void shouldRefuseASecondOpening() throws Exception {
        ServerWorld.Ranks ranks = world.running();

        ranks.steps().get(1).send(Messages.open(1, ranks.epoch()));

        assertInvalid(ranks.steps().get(1), "open was sent before");
    }

    @Test
    void shouldRefuseABodyThatItDoesNotKnow() throws Exception {
        var stream = world.step(world.tcp()).send(StepUp.getDefaultInstance());

        assertInvalid(stream, "body is not set or not known; allowed are open and report");
    }

    @Test
    void shouldRefuseAnOpeningWithAValueOutOfRange() throws Exception {
        var stream = world.step(world.tcp()).send(Messages.open(0, Epoch.getDefaultInstance()));

        assertInvalid(stream, "epoch.number is 0; allowed is 1 and above");
    }

    static Stream<Arguments> refusedReports() {
        return Stream.of(
                refused(1, report -> report.setStep(2), StepRefusal.Kind.KIND_TOO_EARLY, "the open step is 1"),
                refused(
                        1,
                        report -> mixed(report, 9).setStep(0),
                        StepRefusal.Kind.KIND_ALREADY_DECIDED,
                        "the open step is 1"),
                refused(
                        0,
                        report -> mixed(report, 9).setRevision(1),
                        StepRefusal.Kind.KIND_CONTRADICTION,
                        "num_tokens was 4; only a report of 0 tokens may be replaced"),
                refused(
                        0,
                        report -> mixed(report, 9),
                        StepRefusal.Kind.KIND_CONTRADICTION,
                        "revision is 0; a report that replaces one of revision 0 needs a higher one"),
                refused(
                        1,
                        report -> report.setTerm(Term.newBuilder().setNumber(7).setCoordinatorId(1)),
                        StepRefusal.Kind.KIND_STALE,
                        "term is 7@1; this coordinator's is 1@c0ffee"),
                refused(
                        1,
                        report -> report.setEpoch(report.getEpoch().toBuilder().setNumber(9)),
                        StepRefusal.Kind.KIND_STALE,
                        "epoch is 9 (of term 1@c0ffee); the current one is 1 (of term 1@c0ffee)"),
                refused(
                        1,
                        report -> mixed(report, 1025),
                        StepRefusal.Kind.KIND_INVALID,
                        "num_tokens is 1025; allowed are 0 to max_tokens_per_step 1024"),
                refused(
                        1,
                        report -> report.setNumTokens(17).setNumRequests(17),
                        StepRefusal.Kind.KIND_INVALID,
                        "num_requests is 17; allowed are 0 to max_requests 16"),
                refused(
                        1,
                        StepReport.Builder::clearVotes,
                        StepRefusal.Kind.KIND_INVALID,
                        "votes has 0 entries; the job's settings have 1"),
                refused(
                        1,
                        report -> report.setNumTokens(-1),
                        StepRefusal.Kind.KIND_INVALID,
                        "num_tokens is 4294967295; allowed are 0 to 2147483647"),
                refused(
                        1,
                        report -> report.setNumRequests(5),
                        StepRefusal.Kind.KIND_INVALID,
                        "num_requests is 5; allowed are 0 to 4 (num_tokens)"),
                refused(
                        1,
                        report -> report.setUniformTokenCount(5),
                        StepRefusal.Kind.KIND_INVALID,
                        "uniform_token_count is 5; allowed are 0 to 4 (num_tokens)"));
    }

    /** The same requests with other tokens: no longer the same count each. */
    private static StepReport.Builder mixed(StepReport.Builder report, int tokens) {
        return report.setNumTokens(tokens).clearUniformTokenCount();
    }

    private static Arguments refused(
            int rank, UnaryOperator<StepReport.Builder> change, StepRefusal.Kind kind, String reason) {
        return Arguments.of(rank, change, kind, reason);
    }

    @ParameterizedTest
    @MethodSource("refusedReports")
    void shouldRefuseAReportAndGoOn(
            int rank, UnaryOperator<StepReport.Builder> change, StepRefusal.Kind kind, String reason) throws Exception {
        ServerWorld.Ranks ranks = world.running();
        answered(ranks);
        ranks.report(0, 1, 4);

        StepReport.Builder changed = change.apply(Messages.reportOf(ranks.epoch(), 1, 4));
        ranks.steps().get(rank).send(Messages.up(changed));

        StepRefusal refusal = ranks.answer(rank).getRefusal();
        assertThat(refusal.getKind()).isEqualTo(kind);
        assertThat(refusal.getStep()).isEqualTo(changed.getStep());
        assertThat(refusal.getReason()).endsWith(reason);
        ranks.report(1, 1, 4);
        assertThat(ranks.answer(rank).getDecision().getStep()).isEqualTo(1);
        assertThat(ranks.answer(1 - rank).getDecision().getStep()).isEqualTo(1);
    }

    @Test
    void shouldAnswerEachReportOfARehearsalByItself() throws Exception {
        Epoch any =
                Epoch.newBuilder().setCreatingTerm(Messages.TERM).setNumber(77).build();
        var rehearsal = world.rehearsal().send(Messages.open(0, any));

        for (int step = 0; step < 3; step++) {
            rehearsal.send(Messages.up(Messages.reportOf(any, step, 3).clearVotes()));
            StepDecision decision = rehearsal.next().getDecision();
            assertThat(decision.getStep()).isEqualTo(step);
            assertThat(decision.getEpoch()).isEqualTo(any);
            assertThat(decision.getAction()).isEqualTo(Action.ACTION_RUN);
            assertThat(decision.getNumTokensAcrossDpList()).isEqualTo(List.of(4));
        }
        rehearsal.halfClose();

        assertThat(rehearsal.status().getCode()).isEqualTo(Status.Code.OK);
        assertThat(world.status().getRunDecisions()).isZero();
    }

    @Test
    void shouldEndARehearsalThatSaysWhatNoReportMay() throws Exception {
        Epoch any = Epoch.newBuilder().setNumber(77).build();
        var rehearsal = world.rehearsal()
                .send(Messages.up(Messages.reportOf(any, 0, 3).clearVotes().setNumRequests(4)));

        Status status = rehearsal.status();
        assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(status.getDescription()).isEqualTo("num_requests is 4; allowed are 0 to 3 (num_tokens)");
    }

    /** Both ranks report step 0 and get its decision. */
    private static void answered(ServerWorld.Ranks ranks) throws Exception {
        for (int rank = 0; rank < ServerWorld.WORLD_SIZE; rank++) {
            ranks.report(rank, 0, 4);
        }
        for (int rank = 0; rank < ServerWorld.WORLD_SIZE; rank++) {
            ranks.answer(rank);
        }
    }

    private static void assertInvalid(RawStream<StepUp, byte[]> stream, String reason) throws Exception {
        Status status = stream.status();
        assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(status.getDescription()).isEqualTo(reason);
    }
}
