package io.coxswain.coordinator.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class HistoryMainTest {

    @TempDir
    private Path directory;

    private final List<String> files = new ArrayList<>();

    @Test
    void shouldProveThatAllRanksAgreed() throws IOException {
        log("a", line(1, 0, 0, "[3,8]"), line(1, 2, 0, "[4,4]"), line(3, 0, 0, "[5]"));
        log("b", line(1, 0, 1, "[3,8]"), line(1, 2, 1, "[4,4]"));

        assertThat(check())
                .isEqualTo(
                        "0: all ranks agreed: 2 members, 2 epochs, 3 steps, of which 0 were finished by some ranks only"
                                + " when their epoch ended\n");
    }

    @Test
    void shouldNotMindAnEpochsLastStepThatOnlySomeHaveFinished() throws IOException {
        log("a", line(1, 0, 0, "[3,8]"), line(1, 1, 0, "[4,4]"), line(2, 0, 0, "[5]"));
        log("b", line(1, 0, 1, "[3,8]"));

        assertThat(check()).startsWith("0: ").contains("of which 1 were finished by some ranks only");
    }

    @Test
    void shouldNameTheFirstStepWithOtherCounts() throws IOException {
        log("a", line(1, 0, 0, "[3,8]"), line(1, 1, 0, "[4,4]"), line(1, 2, 0, "[1,1]"));
        log("b", line(1, 0, 1, "[3,8]"), line(1, 1, 1, "[4,5]"), line(1, 2, 1, "[2,2]"));

        assertThat(check())
                .startsWith("1: check-history.sh: epoch 1, step 1: rank 0 (")
                .contains("a:2", "num_tokens_across_dp [4,4]", "b:2", "num_tokens_across_dp [4,5]");
    }

    @Test
    void shouldNameTheFirstStepWithAnotherResult() throws IOException {
        log("a", line(1, 0, 0, "[3,8]"));
        log("b", line(1, 0, 1, "[3,8]").replace("00ff", "00fe"));

        assertThat(check()).contains("epoch 1, step 0: rank 0", "result_hash 00ff", "result_hash 00fe");
    }

    @Test
    void shouldDemandTheLogOfEveryMember() throws IOException {
        log("a", line(1, 0, 0, "[3,8]"), line(1, 1, 0, "[4,4]"));

        assertThat(check()).contains("1: ", "epoch 1, step 0: no line of rank 1, though the epoch went on");
    }

    @Test
    void shouldRefuseTwoMembersOfTheSameRank() throws IOException {
        log("a", line(1, 0, 0, "[3,8]"));
        log("b", line(1, 0, 0, "[3,8]"));

        assertThat(check()).contains("1: ", "are both rank 0");
    }

    @Test
    void shouldRefuseALogThatGoesBack() throws IOException {
        log("a", line(1, 1, 0, "[3]"), line(1, 0, 0, "[3]"));

        assertThat(check()).contains("1: ", "epoch 1, step 0:", "comes after epoch 1, step 1 in the same log");
    }

    @Test
    void shouldRefuseATermThatFalls() throws IOException {
        log("a", line(1, 0, 0, "[3]").replace("\"term\":1", "\"term\":2"), line(1, 1, 0, "[3]"));

        assertThat(check()).contains("1: ", "has term 1, the line before has 2");
    }

    @Test
    void shouldRefuseAnotherWorldSizeInTheSameEpoch() throws IOException {
        log("a", line(1, 0, 0, "[3]"), line(1, 1, 0, "[3,4]"));

        assertThat(check()).contains("1: ", "has counts of 2 ranks, the epoch has 1");
    }

    @Test
    void shouldNotMindALineThatBreaksOffAtTheEnd() throws IOException {
        log("a", line(1, 0, 0, "[3]"), "{\"term\":1,\"epo");

        assertThat(check()).contains("0: ", "1 steps", "1 logs break off in their last line");
    }

    @Test
    void shouldNameAMalformedLine() throws IOException {
        log("a", line(1, 0, 0, "[3]"), "{\"term\":1}", line(1, 2, 0, "[3]"));

        assertThat(check()).contains("2: ", "a:2: num_tokens_across_dp is missing or wrong");
    }

    @Test
    void shouldNameAFileThatIsMissing() {
        files.add(directory.resolve("none").toString());

        assertThat(check()).contains("2: check-history.sh: there is no file ");
    }

    private static String line(long epoch, long step, int rank, String counts) {
        return "{\"term\":1,\"epoch\":" + epoch + ",\"step\":" + step + ",\"rank\":" + rank
                + ",\"num_tokens_across_dp\":" + counts
                + ",\"descriptor\":{\"num_tokens\":8,\"num_requests\":null,\"uniform\":true},\"result_hash\":\"00ff\"}";
    }

    private void log(String name, String... lines) throws IOException {
        files.add(Files.write(directory.resolve(name), List.of(lines)).toString());
    }

    private String check() {
        var said = new StringWriter();
        var command =
                new CommandLine(new HistoryMain()).setOut(new PrintWriter(said)).setErr(new PrintWriter(said));
        int exitCode = command.execute(files.toArray(String[]::new));
        return exitCode + ": " + said;
    }
}
