package io.coxswain.coordinator.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.coxswain.coordinator.observe.StatusSettings.Format;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

class StatusMainTest {
    private static final long SELF = ProcessHandle.current().pid();

    @TempDir
    private Path jobs;

    private record Outcome(int exitCode, String out, String err) {}

    @Test
    void shouldPrintATableOfTheJobAtAnAddress() throws IOException {
        try (StatusServer server = StatusServer.answering(Statuses.failed())) {
            Outcome outcome = run("--coordinator", server.address());

            assertThat(outcome.err()).isEmpty();
            assertThat(outcome.exitCode()).isZero();
            assertThat(outcome.out()).isEqualTo("""
                            job         train
                            state       failed: rank 2 was lost
                            term        2 of coordinator fedcba9876543210
                            epoch       7
                            step        4000000000
                            leader      node0, pid 4711, at 10.0.0.1:29500
                            world size  3
                            decisions   90 run, 10 idle
                            tokens      750 real, 1000 run (25.0% padding)
                            epochs      4 started, 3 aborted, 2 restarts
                            culprits    2
                            refusals    1 contradiction, 3 stale_step

                            rank  state    host   pid  last step   tokens  requests  last message  phase     late p99  detail
                            0     running  node0  100  3999999999  16      4         0.250 s ago   launched  20.3 us
                            1     running  node1  101  3999999999  16      4         0.250 s ago   launched  20.3 us
                            2     lost     node2  102  3999999999  16      4         0.250 s ago   launched  20.3 us   killed by signal 9
                            """);
        }
    }

    @Test
    void shouldPrintMissingRanksInTheTable() throws IOException {
        try (StatusServer server = StatusServer.answering(Statuses.joining())) {
            assertThat(run("--coordinator", server.address()).out())
                    .contains("epoch       -\n")
                    .contains("leader      -\n")
                    .contains("0 real, 0 run (0.0% padding)")
                    .endsWith("""
                            rank  state    host   pid  last step  tokens  requests  last message  phase    late p99  detail
                            0     missing  -      -    -          0       0         -             unknown  -         never came
                            1     joined   node1  12   -          0       0         0.002 s ago   outside  -
                            """);
        }
    }

    @Test
    void shouldNameRanksByTheirPodsWhereThereAreAny() throws IOException {
        var answer = Statuses.joining().toBuilder();
        answer.getRanksBuilder(1).putLabels("pod", "worker-1").putLabels("uid", "77");
        try (StatusServer server = StatusServer.answering(answer.build())) {
            assertThat(run("--coordinator", server.address()).out()).endsWith("""
                            rank  name      state    host   pid  last step  tokens  requests  last message  phase    late p99  detail
                            0     -         missing  -      -    -          0       0         -             unknown  -         never came
                            1     worker-1  joined   node1  12   -          0       0         0.002 s ago   outside  -
                            """);
            assertThat(run("--json", "--coordinator", server.address()).out())
                    .contains("\"uid\"")
                    .contains("\"worker-1\"");
        }
    }

    @Test
    void shouldNameWhoIsLate() throws IOException {
        var answer = Statuses.failed().toBuilder().setState("running").setWaitingFor("rank 1 (node1, pid 101): stuck");
        answer.getRanksBuilder(1).setLate(true);
        try (StatusServer server = StatusServer.answering(answer.build())) {
            assertThat(run("--coordinator", server.address()).out())
                    .contains("waits for   rank 1 (node1, pid 101): stuck\n")
                    .contains("1     running, late  node1");
        }
    }

    @Test
    void shouldNotLetAnAnswerSteerTheTerminal() throws IOException {
        var answer = Statuses.joining().toBuilder()
                .setStateDetail("\u001b[2Jgone\nnext")
                .build();
        try (StatusServer server = StatusServer.answering(answer)) {
            assertThat(run("--coordinator", server.address()).out()).contains("state       joining: ?[2Jgone?next\n");
        }
    }

    @Test
    void shouldPrintJsonWithNumbersAsNumbers() throws IOException {
        try (StatusServer server = StatusServer.answering(Statuses.failed())) {
            Outcome outcome = run("--json", "--coordinator", server.address());

            assertThat(outcome.exitCode()).isZero();
            JsonNode json = JsonMapper.builder().build().readTree(outcome.out());
            assertThat(json).isEqualTo(JsonMapper.builder().build().readTree("""
                                            {"job": "train", "term": 2, "coordinator_id": "fedcba9876543210", "epoch": 7,
                                             "step": 4000000000, "state": "failed", "state_detail": "rank 2 was lost",
                                             "leader": {"host": "node0", "pid": 4711, "address": "10.0.0.1:29500"},
                                             "world_size": 3,
                                             "ranks": [%s, %s, %s],
                                             "run_decisions": 90, "idle_decisions": 10, "real_tokens": 750,
                                             "padded_tokens": 1000, "culprits": [2],
                                             "refusals": {"stale_step": 3, "contradiction": 1},
                                             "waiting_for": "", "epochs_started": 4, "epochs_aborted": 3,
                                             "restarts": 2, "data_age_seconds": 0.0}
                                            """.formatted(
                            rankJson(0, "running", ""),
                            rankJson(1, "running", ""),
                            rankJson(2, "lost", "killed by signal 9"))));
        }
    }

    @Test
    void shouldPrintWhatIsAbsentAsJsonNull() throws IOException {
        try (StatusServer server = StatusServer.answering(Statuses.joining())) {
            JsonNode json = JsonMapper.builder()
                    .build()
                    .readTree(run("--json", "--coordinator", server.address()).out());

            assertThat(json.get("epoch").isNull()).isTrue();
            assertThat(json.get("leader").isNull()).isTrue();
            JsonNode missing = json.get("ranks").get(0);
            assertThat(missing.get("rank").isInt()).isTrue();
            assertThat(missing.get("state").textValue()).isEqualTo("missing");
            assertThat(missing.get("last_step").isNull()).isTrue();
            assertThat(missing.get("last_message_age_seconds").isNull()).isTrue();
            assertThat(missing.get("lateness_us").get("count").longValue()).isZero();
            JsonNode joined = json.get("ranks").get(1);
            assertThat(joined.get("rank").intValue()).isEqualTo(1);
            assertThat(joined.get("last_message_age_seconds").doubleValue()).isEqualTo(0.0015);
        }
    }

    @Test
    void shouldFindTheOnlyJobOfThisMachine() throws IOException {
        try (StatusServer server = StatusServer.answering(Statuses.failed())) {
            register("train", server.address());

            Outcome outcome = run("--job-dir", jobs.toString());

            assertThat(outcome.exitCode()).isZero();
            assertThat(outcome.out()).startsWith("job         train\n");
        }
    }

    @Test
    void shouldAskAllReplicasOfTheJobOfThisMachine() throws IOException {
        try (StatusServer standby = StatusServer.answering(Statuses.joining()).standingBy();
                StatusServer leader = StatusServer.answering(Statuses.failed())) {
            List<JobEntry.Replica> replicas = List.of(
                    new JobEntry.Replica(SELF, standby.address()), new JobEntry.Replica(SELF, leader.address()));
            new JobRegistry(jobs).register(new JobEntry("train", "localhost", SELF, standby.address(), 1, replicas));

            assertThat(run("--job-dir", jobs.toString()).out())
                    .startsWith("replicas: " + standby.address() + " stands by, " + leader.address() + " leads\n\n")
                    .contains("rank 2 was lost");
        }
    }

    @Test
    void shouldSayHowOldTheWordOfAStandbyIs() throws IOException {
        var answer = Statuses.joining().toBuilder();
        answer.setState("standby").getReplicaBuilder().setDataAgeNanos(3_250_000_000L);
        try (StatusServer standby = StatusServer.answering(answer.build()).standingBy()) {
            assertThat(run("--coordinator", standby.address()).out()).contains("as of       3.3 s ago\n");
        }
    }

    @Test
    void shouldListSeveralJobsAndWantOnePicked() throws IOException {
        register("one", "127.0.0.1:1111");
        register("two", "127.0.0.1:22222");

        Outcome outcome = run("--job-dir", jobs.toString());

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).isEqualTo("""
                        status.sh: 2 jobs run on this machine, --job NAME picks one:
                        job  address          pid
                        one  127.0.0.1:1111   %1$d
                        two  127.0.0.1:22222  %1$d
                        """.formatted(SELF));
    }

    @Test
    void shouldAskThePickedOneOfSeveralJobs() throws IOException {
        try (StatusServer server = StatusServer.answering(Statuses.joining())) {
            register("one", "127.0.0.1:1");
            register("two", server.address());

            Outcome outcome = run("--job-dir", jobs.toString(), "--job", "two");

            assertThat(outcome.exitCode()).isZero();
            assertThat(outcome.out()).contains("joining");
        }
    }

    @Test
    void shouldSayThatNoJobRuns() {
        Outcome outcome = run("--job-dir", jobs.toString());

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err())
                .startsWith("status.sh: no job runs on this machine")
                .contains(jobs.toString());
    }

    @Test
    void shouldSayThatThePickedJobDoesNotRun() throws IOException {
        register("one", "127.0.0.1:1111");

        Outcome outcome = run("--job-dir", jobs.toString(), "--job", "two");

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err()).startsWith("status.sh: no job 'two' runs on this machine");
    }

    @Test
    void shouldNameTheAddressAndTheCauseWhereNobodyListens() throws IOException {
        String address;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            address = "127.0.0.1:" + closed.getLocalPort();
        }

        Outcome outcome = run("--coordinator", address);

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err())
                .startsWith("status.sh: no status from the coordinator at " + address + ": UNAVAILABLE")
                .contains("Connection refused");
    }

    @Test
    void shouldGiveUpOnACoordinatorThatDoesNotAnswerInTime() throws IOException {
        try (StatusServer server = StatusServer.silent()) {
            Outcome outcome = run("--coordinator", server.address(), "--timeout", "200ms");

            assertThat(outcome.exitCode()).isEqualTo(1);
            assertThat(outcome.err()).contains(server.address()).contains("DEADLINE_EXCEEDED");
        }
    }

    @Test
    void shouldHaveDefaults() {
        assertThat(settings())
                .isEqualTo(new StatusSettings(List.of(), null, null, Format.TABLE, Duration.ofSeconds(5)));
    }

    @Test
    void shouldTakeEachOption() {
        assertThat(settings("--coordinator", "node0:29500", "--json", "--timeout", "2m"))
                .isEqualTo(new StatusSettings(
                        List.of(new HostPort("node0", 29500)), null, null, Format.JSON, Duration.ofMinutes(2)));
        assertThat(settings("--job", "train", "--job-dir", "/run/jobs"))
                .isEqualTo(new StatusSettings(
                        List.of(), "train", Path.of("/run/jobs"), Format.TABLE, Duration.ofSeconds(5)));
    }

    @ParameterizedTest
    @CsvSource({
        "--coordinator node0, address 'node0': HOST:PORT is needed",
        "--coordinator node0:70000, with a port of 1 to 65535",
        "--timeout 5, a whole number with its unit",
        "--timeout 0ms, --timeout 0ms: 1ms to 60m is allowed",
        "--timeout 61m, 1ms to 60m is allowed",
        "--job a/b, job 'a/b': 1 to 128 characters",
        "--coordinator node0:1 --job a, only one of the two is allowed",
        "--coordinator node0:1 --job-dir a, only one of the two is allowed",
        "--nonsense, --nonsense",
    })
    void shouldRefuseWhatIsNotAllowed(String arguments, String reason) {
        Outcome outcome = run(arguments.split(" "));

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).contains(reason);
        assertThatThrownBy(() -> settings(arguments.split(" "))).isInstanceOf(ParameterException.class);
    }

    private void register(String job, String address) throws IOException {
        new JobRegistry(jobs).register(new JobEntry(job, "localhost", SELF, address, 1));
    }

    private static StatusSettings settings(String... arguments) {
        StatusMain main = new StatusMain();
        new CommandLine(main).parseArgs(arguments);
        return main.settings();
    }

    private static Outcome run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitCode = new CommandLine(new StatusMain())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
        return new Outcome(exitCode, out.toString(), err.toString());
    }

    private static String rankJson(int rank, String state, String detail) {
        return """
                {"rank": %1$d, "place": %1$d, "host": "node%1$d", "pid": %2$d, "state": "%3$s",
                 "last_step": 3999999999, "num_tokens": 16, "num_requests": 4, "last_message_age_seconds": 0.25,
                 "phase": "launched", "device": "cpu", "attempt": 1,
                 "lateness_us": {"p50": 1.5, "p99": 20.25, "max": 1000.0, "count": 90}, "late": false, "detail": "%4$s",
                 "labels": {}}
                """.formatted(rank, 100 + rank, state, detail);
    }
}
