package io.coxswain.coordinator.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.UnknownFieldSet;
import io.coxswain.v1.BatchDescriptor;
import io.coxswain.v1.CapturedGraph;
import io.coxswain.v1.CapturedSet;
import io.coxswain.v1.CommunicatorId;
import io.coxswain.v1.ControlDown;
import io.coxswain.v1.ControlServiceGrpc;
import io.coxswain.v1.ControlUp;
import io.coxswain.v1.Epoch;
import io.coxswain.v1.GraphMode;
import io.coxswain.v1.Heartbeat;
import io.coxswain.v1.Hello;
import io.coxswain.v1.JobSettings;
import io.coxswain.v1.Leave;
import io.coxswain.v1.Member;
import io.coxswain.v1.Prepared;
import io.coxswain.v1.Refused;
import io.coxswain.v1.ReportExitRequest;
import io.coxswain.v1.VoteDefinition;
import io.coxswain.v1.Welcome;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class ControlStreamsTest {

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
    void shouldWelcomeAMemberToItsPlace() throws Exception {
        Welcome welcome = world.control().send(Messages.hello(1)).next().getWelcome();

        long interval = ServerWorld.config().timeouts().heartbeatIntervalNanos();
        assertThat(welcome)
                .isEqualTo(Welcome.newBuilder()
                        .setTerm(Messages.TERM)
                        .setPlace(1)
                        .setHeartbeatIntervalNanos(interval)
                        .setHeartbeatTimeoutNanos(
                                ServerWorld.config().timeouts().heartbeatTimeoutNanos())
                        .setStepSocketPath(world.socket().toString())
                        .setOrphanTimeoutNanos(ServerWorld.config().timeouts().reattachNanos())
                        .build());
    }

    @Test
    void shouldNumberAMemberThatNobodyHasNumbered() throws Exception {
        Hello.Builder first = Messages.helloOf(1).setAttemptSource(Hello.AttemptSource.ATTEMPT_SOURCE_WANTED);
        Hello.Builder second = first.clone().setPredecessorEnded(true);
        second.getMemberBuilder().setId(777);

        assertThat(world.control().send(Messages.up(first)).next().getWelcome().getAttempt())
                .isZero();
        assertThat(world.control().send(Messages.up(second)).next().getWelcome().getAttempt())
                .isEqualTo(1);
    }

    private static Hello.Builder labels(int count, int keyCharacters, int valueCharacters) {
        Hello.Builder hello = hello();
        for (int i = 10; i < 10 + count; i++) {
            String key = Integer.toString(i);
            hello.putLabels(key.repeat(keyCharacters / 2), "v".repeat(valueCharacters));
        }
        return hello;
    }

    @Test
    void shouldGiveTheLowestFreePlaceToAMemberWithoutAWish() throws Exception {
        world.control().send(Messages.hello(0)).next();

        Hello.Builder anywhere = Messages.helloOf(1).clearPlace();
        assertThat(world.control()
                        .send(Messages.up(anywhere))
                        .next()
                        .getWelcome()
                        .getPlace())
                .isEqualTo(1);
    }

    @Test
    void shouldTellAllMembersOfTheEpochOnceAllHaveCome() throws Exception {
        List<RawStream<ControlUp, ControlDown>> controls = world.joined();

        ControlDown first = controls.get(0).next();
        assertThat(controls.get(1).next()).isEqualTo(first);
        assertThat(first.getMembership().getRanksList())
                .extracting(rank -> rank.getPlace() + " " + rank.getCollectiveAddress() + " "
                        + rank.getMember().getId())
                .containsExactly("0 127.0.0.1:5000 100", "1 127.0.0.1:5001 101");
    }

    @Test
    void shouldPassRankZerosCommunicatorIdToAll() throws Exception {
        List<RawStream<ControlUp, ControlDown>> controls = world.joined();
        Epoch epoch = controls.get(0).next().getMembership().getEpoch();
        controls.get(1).next();
        CommunicatorId id = CommunicatorId.newBuilder()
                .setEpoch(epoch)
                .setId(com.google.protobuf.ByteString.copyFromUtf8("name"))
                .build();

        controls.get(0).send(ControlUp.newBuilder().setCommunicatorId(id).build());

        assertThat(controls.get(0).next().getCommunicatorId()).isEqualTo(id);
        assertThat(controls.get(1).next().getCommunicatorId()).isEqualTo(id);
    }

    @Test
    void shouldRefuseAFirstMessageThatIsNoHello() throws Exception {
        var stream = world.control()
                .send(ControlUp.newBuilder()
                        .setLeave(Leave.getDefaultInstance())
                        .build());

        assertInvalid(stream, "the first message has to be hello");
    }

    @Test
    void shouldRefuseASecondHello() throws Exception {
        var stream = world.control().send(Messages.hello(0));
        stream.next();

        stream.send(Messages.hello(0));

        assertInvalid(stream, "hello was sent before");
    }

    @Test
    void shouldRefuseABodyThatItDoesNotKnow() throws Exception {
        var stream = world.control().send(Messages.hello(0));
        stream.next();

        stream.send(ControlUp.newBuilder()
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                99,
                                UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                        .build())
                .build());

        assertInvalid(
                stream,
                "body is not set or not known; allowed are hello, heartbeat, communicator_id, prepared, "
                        + "preparation_failed, abort_acknowledged, leave, "
                        + "collective_failed, drain_wish");
    }

    static Stream<Arguments> invalidHellos() {
        var graph = CapturedGraph.newBuilder()
                .setMode(GraphMode.GRAPH_MODE_FULL)
                .setShape(BatchDescriptor.newBuilder().setNumTokens(8))
                .build();
        var tooManyGraphs = CapturedSet.newBuilder().addAllGraphs(Collections.nCopies(4097, graph));
        var noMode = CapturedSet.newBuilder().addGraphs(graph.toBuilder().setMode(GraphMode.GRAPH_MODE_NONE));
        JobSettings.Builder manyEntries = Messages.settings();
        for (int i = 0; i < 65; i++) {
            manyEntries.putModel("entry" + i, "");
        }
        return Stream.of(
                invalid(hello().setJob(""), "job has 0 characters; allowed are 1 to 128"),
                invalid(hello().setJob("j".repeat(129)), "job has 129 characters; allowed are 1 to 128"),
                invalid(hello().setMember(Member.getDefaultInstance()), "member.id is 0; allowed is any other value"),
                invalid(
                        hello().setMember(Member.newBuilder().setId(1).setAttempt(-1)),
                        "member.attempt is -1; allowed is 0 and above"),
                invalid(hello().setHost("h".repeat(256)), "host has 256 characters; allowed are 0 to 255"),
                invalid(hello().setDevice("d".repeat(256)), "device has 256 characters; allowed are 0 to 255"),
                invalid(
                        hello().setCollectiveAddress("a".repeat(256)),
                        "collective_address has 256 characters; allowed are 0 to 255"),
                invalid(Messages.settings().setWorldSize(0), "world_size is 0; allowed is 1 and above"),
                invalid(Messages.settings().setMaxTokensPerStep(0), "max_tokens_per_step is 0; allowed is 1 and above"),
                invalid(
                        Messages.settings().addCaptureSizes(8),
                        "capture_sizes has 8 after 8; allowed are ascending, distinct sizes"),
                invalid(
                        Messages.settings().setGraphMode(JobSettings.GraphSetting.GRAPH_SETTING_UNSPECIFIED),
                        "settings.graph_mode is GRAPH_SETTING_UNSPECIFIED; allowed are the named values of "
                                + "GraphSetting but the unspecified one"),
                invalid(
                        Messages.settings().addVotes(VoteDefinition.newBuilder().setName("sleep")),
                        "settings.votes.reducer is REDUCER_UNSPECIFIED; allowed are the named values of "
                                + "Reducer but the unspecified one"),
                invalid(
                        Messages.settings().addVotes(Messages.settings().getVotes(0)),
                        "votes has the name \"finished\" twice; allowed are distinct names"),
                invalid(manyEntries, "settings.model has 65 entries; allowed are at most 64"),
                invalid(
                        Messages.settings().putModel("", "x"),
                        "settings.model name has 0 characters; allowed are 1 to 255"),
                invalid(
                        Messages.settings().putModel("seed", "x".repeat(1025)),
                        "settings.model.seed has 1025 characters; allowed are 0 to 1024"),
                invalid(
                        hello().setCaptured(tooManyGraphs),
                        "captured.graphs has 4097 entries; allowed are at most 4096"),
                invalid(
                        hello().setCaptured(noMode),
                        "captured.graphs.mode is GRAPH_MODE_NONE; allowed are GRAPH_MODE_PIECEWISE and GRAPH_MODE_FULL"),
                invalid(
                        hello().setPromisedTerm(Messages.TERM.toBuilder().setNumber(-1)),
                        "term.number is -1; allowed is 0 and above"));
    }

    @ParameterizedTest
    @MethodSource("invalidHellos")
    void shouldRefuseAHelloWithAValueOutOfRange(ControlUp hello, String reason) throws Exception {
        assertInvalid(world.control().send(hello), reason);
        assertThat(world.status().getState()).isEqualTo("joining");
    }

    static Stream<Arguments> invalidMessages() {
        Epoch epoch = Epoch.newBuilder().setNumber(1).build();
        return Stream.of(
                Arguments.of(
                        ControlUp.newBuilder()
                                .setHeartbeat(Heartbeat.getDefaultInstance())
                                .build(),
                        "heartbeat.phase is PHASE_UNSPECIFIED; allowed are the named values of Phase but the "
                                + "unspecified one"),
                Arguments.of(
                        ControlUp.newBuilder()
                                .setCommunicatorId(CommunicatorId.newBuilder().setEpoch(epoch))
                                .build(),
                        "communicator_id.id has 0 bytes; allowed are 1 to 1024"),
                Arguments.of(
                        ControlUp.newBuilder()
                                .setPrepared(Prepared.getDefaultInstance())
                                .build(),
                        "epoch.number is 0; allowed is 1 and above"));
    }

    @ParameterizedTest
    @MethodSource("invalidMessages")
    void shouldRefuseALaterMessageWithAValueOutOfRange(ControlUp message, String reason) throws Exception {
        var stream = world.control().send(Messages.hello(0));
        stream.next();

        assertInvalid(stream.send(message), reason);
    }

    static Stream<Arguments> unwelcome() {
        return Stream.of(
                Arguments.of(
                        hello().setJob("other"),
                        Refused.Kind.KIND_WRONG_JOB,
                        "job is \"other\"; this coordinator serves \"job\""),
                Arguments.of(hello().setPlace(2), Refused.Kind.KIND_INVALID, "place is 2; allowed are 0 to 1"),
                Arguments.of(
                        hello().setPlace(0).setMember(Member.newBuilder().setId(9)),
                        Refused.Kind.KIND_PLACE_TAKEN,
                        "place 0 is held by attempt 0 on node0; this is attempt 0"),
                Arguments.of(
                        hello().setSettings(Messages.settings().setMaxRequests(17)),
                        Refused.Kind.KIND_SETTINGS_DIFFER,
                        "max_requests is 17, the job's is 16"));
    }

    @ParameterizedTest
    @MethodSource("unwelcome")
    void shouldRefuseAMemberThatDoesNotFit(Hello.Builder hello, Refused.Kind kind, String reason) throws Exception {
        world.control().send(Messages.hello(0)).next();

        var stream = world.control().send(Messages.up(hello));

        assertThat(stream.next().getRefused())
                .isEqualTo(Refused.newBuilder().setKind(kind).setReason(reason).build());
        assertThat(stream.status().getCode()).isEqualTo(Status.Code.OK);
    }

    @Test
    void shouldRefuseAMemberOfAJobThatHasEnded() throws Exception {
        List<RawStream<ControlUp, ControlDown>> controls = world.joined();
        for (RawStream<ControlUp, ControlDown> control : controls) {
            control.next();
            control.send(Messages.leave());
        }
        assertThat(controls.get(0).next().getAbort().getCulpritsList()).containsExactly(0);

        var late = world.control().send(Messages.hello(0));

        assertThat(late.next().getRefused().getKind()).isEqualTo(Refused.Kind.KIND_ENDED);
        assertThat(late.status().getCode()).isEqualTo(Status.Code.OK);
    }

    @Test
    void shouldTakeTheWordOfWhoeverStartedAMember() throws Exception {
        List<RawStream<ControlUp, ControlDown>> controls = world.joined();
        controls.get(1).next();

        var stub = ControlServiceGrpc.newBlockingStub(world.tcp());
        stub.reportExit(exit(ServerWorld.JOB));

        ControlDown abort = controls.get(1).next();
        assertThat(abort.getAbort().getCulpritsList()).containsExactly(0);
        assertThat(abort.getAbort().getReason()).contains("killed by signal 9");
    }

    @Test
    void shouldNotTakeTheWordForAMemberOfAnotherJob() throws Exception {
        world.control().send(Messages.hello(0)).next();
        var stub = ControlServiceGrpc.newBlockingStub(world.tcp());

        assertThatThrownBy(() -> stub.reportExit(exit("other")))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessage("INVALID_ARGUMENT: job is \"other\"; this coordinator serves \"job\"");

        assertThat(world.status().getRanks(0).getState()).isEqualTo("joined");
    }

    @Test
    void shouldCloseItsSideWhenTheMemberClosesItsOwn() throws Exception {
        var stream = world.control().send(Messages.hello(0));
        stream.next();

        stream.halfClose();

        assertThat(stream.status().getCode()).isEqualTo(Status.Code.OK);
    }

    private static Hello.Builder hello() {
        return Messages.helloOf(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            17 | 2 | 1 | labels has 17 entries; allowed are at most 16
            1 | 64 | 1 | labels key has 64 characters; allowed are 1 to 63
            1 | 2 | 254 | labels.10 has 254 characters; allowed are 0 to 253
            """)
    void shouldRefuseLabelsThatAreTooManyOrTooLong(int count, int keyCharacters, int valueCharacters, String reason)
            throws Exception {
        var hello = labels(count, keyCharacters, valueCharacters);

        assertThat(world.control().send(Messages.up(hello)).next().getRefused().getReason())
                .isEqualTo(reason);
    }

    private static Arguments invalid(Hello.Builder hello, String reason) {
        return Arguments.of(Messages.up(hello), reason);
    }

    private static Arguments invalid(JobSettings.Builder settings, String reason) {
        return invalid(hello().setSettings(settings), reason);
    }

    private static ReportExitRequest exit(String job) {
        return ReportExitRequest.newBuilder()
                .setJob(job)
                .setPlace(0)
                .setHow("killed by signal 9")
                .build();
    }

    private static void assertInvalid(RawStream<ControlUp, ControlDown> stream, String reason) throws Exception {
        assertThat(stream.next().getRefused())
                .isEqualTo(Refused.newBuilder()
                        .setKind(Refused.Kind.KIND_INVALID)
                        .setReason(reason)
                        .build());
        Status status = stream.status();
        assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(status.getDescription()).isEqualTo(reason);
    }
}
