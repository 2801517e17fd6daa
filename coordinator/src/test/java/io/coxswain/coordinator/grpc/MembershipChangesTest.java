package io.coxswain.coordinator.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.coordinator.observe.DrainMain;
import io.coxswain.v1.AbortAcknowledged;
import io.coxswain.v1.Action;
import io.coxswain.v1.Attachment;
import io.coxswain.v1.ControlDown;
import io.coxswain.v1.ControlServiceGrpc;
import io.coxswain.v1.ControlUp;
import io.coxswain.v1.DrainRequest;
import io.coxswain.v1.Epoch;
import io.coxswain.v1.Member;
import io.coxswain.v1.MembersUpdate;
import io.coxswain.v1.Membership;
import io.coxswain.v1.PlaceMember;
import io.coxswain.v1.Refused;
import io.coxswain.v1.ReportExitRequest;
import io.coxswain.v1.ReportExitResponse;
import io.coxswain.v1.ReportExitResponse.Restart;
import io.coxswain.v1.StatusServiceGrpc;
import io.coxswain.v1.StepDecision;
import io.coxswain.v1.WatchMembersRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A job of two ranks that goes on with one, over real sockets. */
class MembershipChangesTest {

    @TempDir
    private Path directory;

    private ServerWorld world;
    private ServerWorld.Ranks ranks;

    @BeforeEach
    void start() throws Exception {
        world = ServerWorld.startShrinking(directory);
        ranks = world.running();
    }

    @AfterEach
    void close() throws Exception {
        world.close();
    }

    @Test
    void shouldGoOnWithTheSurvivorAndTakeInTheSuccessor() throws Exception {
        assertThat(exit(1, 0).getRestart()).isEqualTo(Restart.RESTART_GRANTED);

        ControlDown abort = ranks.controls().get(0).next();
        assertThat(abort.getAbort().getEpoch()).isEqualTo(ranks.epoch());
        assertThat(abort.getAbort().getCulpritsList()).containsExactly(1);
        ranks.controls().get(0).send(acknowledged(ranks.epoch()));
        Membership alone = ranks.controls().get(0).next().getMembership();
        assertThat(alone.getRanksList()).extracting(rank -> rank.getPlace()).containsExactly(0);
        assertThat(alone.hasReplaces()).isFalse();
        ranks.controls().get(0).send(Messages.prepared(alone.getEpoch()));
        assertThat(ranks.controls().get(0).next().getStart().getEpoch()).isEqualTo(alone.getEpoch());

        var successor = world.control().send(Messages.up(Messages.helloOf(1).setMember(member(201, 1))));
        assertThat(successor.next().getWelcome().getPlace()).isEqualTo(1);
        Membership both = successor.next().getMembership();
        assertThat(both.getReplaces()).isEqualTo(alone.getEpoch());
        assertThat(both.getRanksList()).extracting(rank -> rank.getPlace()).containsExactly(0, 1);
        assertThat(ranks.controls().get(0).next().getMembership()).isEqualTo(both);
    }

    @Test
    void shouldRefuseWhatALostMemberSays() throws Exception {
        exit(1, 0);

        var lost = ranks.controls().get(1);
        assertThat(lost.next().hasAbort()).isTrue();
        assertThat(lost.next().getRefused().getKind()).isEqualTo(Refused.Kind.KIND_LOST);
        assertThat(lost.status().getCode()).isEqualTo(Status.Code.OK);
        var again = world.control().send(Messages.hello(1));
        assertThat(again.next().getRefused().getKind()).isEqualTo(Refused.Kind.KIND_LOST);
    }

    @Test
    void shouldKeepTheBudgetOfRestarts() {
        ReportExitResponse first = exit(1, 0);
        assertThat(first.getNextAttempt()).isEqualTo(1);
        assertThat(exit(1, 0))
                .as("asked twice")
                .isEqualTo(first.toBuilder().setReason("granted before").build());

        ReportExitResponse second = exit(1, 1);

        assertThat(second.getRestart()).isEqualTo(Restart.RESTART_REFUSED);
        assertThat(second.getReason()).startsWith("1 restarts within 300.0 s are allowed");
        assertThat(world.status().getRestarts()).isEqualTo(1);
    }

    @Test
    void shouldTellWatchersWhoHoldsWhichPlace() throws Exception {
        var updates = new RawStream<Void, MembersUpdate>();
        StreamObserver<MembersUpdate> observer = updates;
        StatusServiceGrpc.newStub(world.tcp()).watchMembers(WatchMembersRequest.getDefaultInstance(), observer);
        assertThat(updates.next().getPlacesList())
                .extracting(PlaceMember::getPlace, PlaceMember::getMember, PlaceMember::getLive)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(0, Messages.member(0), true),
                        org.assertj.core.groups.Tuple.tuple(1, Messages.member(1), true));

        exit(1, 0);

        PlaceMember gone = updates.next().getPlaces(1);
        assertThat(gone.getMember()).isEqualTo(Messages.member(1));
        assertThat(gone.getLive()).isFalse();
        assertThat(gone.getDetail()).contains("killed by signal 9");
    }

    @Test
    void shouldDrainARankOnRequest() throws Exception {
        drain(1);

        Membership next = ranks.controls().get(0).next().getMembership();
        assertThat(next.getReplaces()).isEqualTo(ranks.epoch());
        ranks.controls().get(0).send(Messages.prepared(next.getEpoch()));
        assertThat(world.status().getState()).isEqualTo("running");
        ranks.report(0, 0, 4);
        ranks.report(1, 0, 4);
        for (int rank = 0; rank < ServerWorld.WORLD_SIZE; rank++) {
            StepDecision last = ranks.answer(rank).getDecision();
            assertThat(last.getAction()).isEqualTo(Action.ACTION_RECONFIGURE);
            assertThat(ranks.steps().get(rank).status().getCode()).isEqualTo(Status.Code.OK);
        }
        assertThat(ranks.controls().get(0).next().getStart().getEpoch()).isEqualTo(next.getEpoch());
        assertThat(world.status().getRanks(1).getState()).isEqualTo("left");
    }

    @Test
    void shouldDrainARankFromTheCommandLine() throws Exception {
        assertThat(drainCommand("--place=1")).isEqualTo("0: place 1 leaves after its step\n");

        assertThat(ranks.controls().get(0).next().getMembership().getReplaces()).isEqualTo(ranks.epoch());
        assertThat(drainCommand("--place=0"))
                .startsWith("1: drain.sh: place 0 is not drained by the coordinator at " + world.address())
                .contains("without rank 0 (node0, pid 4000) the group would have 0 ranks; at least 1 are required");
        assertThat(drainCommand("--place=2")).contains("place is 2; allowed are 0 to 1");
    }

    private String drainCommand(String place) {
        var out = new StringWriter();
        var command =
                new CommandLine(new DrainMain()).setOut(new PrintWriter(out)).setErr(new PrintWriter(out));
        int exitCode = command.execute("--coordinator", world.address(), place);
        return exitCode + ": " + out;
    }

    @Test
    void shouldRefuseToDrainTheLastRank() {
        exit(1, 0);

        assertThatThrownBy(() -> drain(0))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageStartingWith("FAILED_PRECONDITION: rank 0 (node0, pid 4000) is in no running epoch");
    }

    @Test
    void shouldRepeatWhatAMemberMissedOnItsNewControlStream() throws Exception {
        var again = world.control()
                .send(Messages.up(Messages.helloOf(1)
                        .setPromisedTerm(Messages.TERM)
                        .setAttachment(Attachment.newBuilder()
                                .setEpoch(ranks.epoch())
                                .setState(Attachment.State.STATE_RUNNING)
                                .addRanks(io.coxswain.v1.RankInfo.newBuilder().setMember(Messages.member(0))))));

        assertThat(again.next().hasWelcome()).isTrue();
        assertThat(again.next().getMembership().getEpoch()).isEqualTo(ranks.epoch());
        assertThat(again.next().getStart().getEpoch()).isEqualTo(ranks.epoch());
        assertThat(ranks.controls().get(1).status().getCode()).isEqualTo(Status.Code.OK);
        assertThat(world.status().getState()).isEqualTo("running");
    }

    private ReportExitResponse exit(int place, int attempt) {
        return ControlServiceGrpc.newBlockingStub(world.tcp())
                .reportExit(ReportExitRequest.newBuilder()
                        .setJob(ServerWorld.JOB)
                        .setPlace(place)
                        .setAttempt(attempt)
                        .setHow("killed by signal 9")
                        .build());
    }

    private void drain(int place) {
        var unused = ControlServiceGrpc.newBlockingStub(world.tcp())
                .drain(DrainRequest.newBuilder()
                        .setJob(ServerWorld.JOB)
                        .setPlace(place)
                        .setReason("maintenance")
                        .build());
    }

    private static Member member(long id, int attempt) {
        return Member.newBuilder().setId(id).setAttempt(attempt).build();
    }

    private static ControlUp acknowledged(Epoch epoch) {
        return ControlUp.newBuilder()
                .setAbortAcknowledged(AbortAcknowledged.newBuilder().setEpoch(epoch))
                .build();
    }
}
