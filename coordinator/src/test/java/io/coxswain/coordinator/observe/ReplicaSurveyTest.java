package io.coxswain.coordinator.observe;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.coxswain.v1.GetStatusResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

/** What is printed of a job whose coordinator has replicas. */
@Timeout(60)
class ReplicaSurveyTest {

    private record Outcome(int exitCode, String out, String err) {}

    @Test
    void shouldSayWhichReplicaLeadsAndPrintWhatThatOneKnows() throws IOException {
        try (StatusServer standby =
                        StatusServer.answering(ofTerm(9, "an old story")).standingBy();
                StatusServer leader = StatusServer.answering(ofTerm(9, "the latest"))) {
            String gone = closedAddress();

            Outcome outcome = status(standby.address() + "," + leader.address() + "," + gone);

            assertThat(outcome.exitCode()).as(outcome.err()).isZero();
            assertThat(outcome.out())
                    .startsWith("replicas: " + standby.address() + " stands by, " + leader.address() + " leads, " + gone
                            + " does not answer\n\n")
                    .contains("state       failed: the latest");
        }
    }

    @Test
    void shouldPrintTheNewestOfTheStandbysWhileNobodyLeads() throws IOException {
        try (StatusServer older =
                        StatusServer.answering(ofTerm(8, "an old story")).standingBy();
                StatusServer newer =
                        StatusServer.answering(ofTerm(9, "the latest")).standingBy()) {
            Outcome outcome = status(older.address() + "," + newer.address());

            assertThat(outcome.out()).contains("stands by, ").contains("the latest");
        }
    }

    @Test
    void shouldBelieveTheHigherTermWhereTwoSayThatTheyLead() throws IOException {
        try (StatusServer older = StatusServer.answering(ofTerm(8, "an old story"));
                StatusServer newer = StatusServer.answering(ofTerm(9, "the latest"))) {
            assertThat(status(newer.address() + "," + older.address()).out()).contains("the latest");
        }
    }

    @Test
    void shouldNotWaitLongForTheOthersOnceTheLeaderHasAnswered() throws IOException {
        try (StatusServer frozen = StatusServer.silent();
                StatusServer leader = StatusServer.answering(ofTerm(9, "the latest"))) {
            long begin = System.nanoTime();

            Outcome outcome = status(frozen.address() + "," + leader.address(), "--timeout", "30s");

            assertThat(outcome.out()).contains(frozen.address() + " does not answer, ");
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(15));
        }
    }

    @Test
    void shouldListTheReplicasInJson() throws IOException {
        try (StatusServer standby =
                        StatusServer.answering(ofTerm(9, "an old story")).standingBy();
                StatusServer leader = StatusServer.answering(ofTerm(9, "the latest"))) {
            JsonNode replicas = JsonMapper.builder()
                    .build()
                    .readTree(status(standby.address() + "," + leader.address(), "--json")
                            .out())
                    .get("replicas");

            assertThat(replicas.get(0).get("role").textValue()).isEqualTo("standby");
            assertThat(replicas.get(1).get("role").textValue()).isEqualTo("leader");
            assertThat(replicas.get(1).get("address").textValue()).isEqualTo(leader.address());
        }
    }

    @Test
    void shouldNameEachReasonWhereNobodyAnswers() throws IOException {
        String one = closedAddress();
        String other = closedAddress();

        Outcome outcome = status(one + "," + other);

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err()).contains(one).contains(other).contains("Connection refused");
    }

    @Test
    void shouldNotDrainWhileNobodyLeads() throws IOException {
        try (StatusServer one =
                        StatusServer.answering(ofTerm(8, "an old story")).standingBy();
                StatusServer other =
                        StatusServer.answering(ofTerm(9, "the latest")).standingBy()) {
            Outcome outcome =
                    run(new DrainMain(), "--place", "1", "--coordinator", one.address() + "," + other.address());

            assertThat(outcome.exitCode()).isEqualTo(1);
            assertThat(outcome.err()).contains("no replica leads: " + one.address() + " stands by, ");
        }
    }

    private static GetStatusResponse ofTerm(long number, String detail) {
        GetStatusResponse.Builder answer = Statuses.failed().toBuilder().setStateDetail(detail);
        answer.getTermBuilder().setNumber(number);
        return answer.build();
    }

    private static String closedAddress() throws IOException {
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "127.0.0.1:" + closed.getLocalPort();
        }
    }

    private static Outcome status(String coordinators, String... flags) {
        String[] all = new String[flags.length + 2];
        System.arraycopy(flags, 0, all, 2, flags.length);
        all[0] = "--coordinator";
        all[1] = coordinators;
        return run(new StatusMain(), all);
    }

    private static Outcome run(Object program, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitCode = new CommandLine(program)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
        return new Outcome(exitCode, out.toString(), err.toString());
    }
}
