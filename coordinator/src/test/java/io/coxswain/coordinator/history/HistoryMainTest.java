package io.coxswain.coordinator.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
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
                .startsWith("1: check-history.sh: epoch 1, step 1: num_tokens_across_dp differs: rank 0 (")
                .contains("a:2) has [4, 4], rank 1 (", "b:2) has [4, 5]");
    }

    @Test
    void shouldNameTheFirstStepWithAnotherResult() throws IOException {
        log("a", line(1, 0, 0, "[3,8]"));
        log("b", line(1, 0, 1, "[3,8]").replace("00ff", "00fe"));

        assertThat(check()).contains("1: ", "epoch 1, step 0: result_hash differs", "a:1) has 00ff", "b:1) has 00fe");
    }

    @Test
    void shouldNameTheFirstStepWithAnotherDescriptor() throws IOException {
        log("a", line(1, 0, 0, "[3,8]"));
        log("b", line(1, 0, 1, "[3,8]").replace("true", "false"));

        assertThat(check()).contains("1: ", "descriptor differs", "requests any, uniform true}", "uniform false}");
    }

    @Test
    void shouldNotMindHowADescriptorIsSpelled() throws IOException {
        log("a", line(1, 0, 0, "[3,8]"));
        log(
                "b",
                line(1, 0, 1, "[3, 8]")
                        .replace("\"num_requests\":null,\"uniform\":true", "\"uniform\":true,\"num_requests\":null"));

        assertThat(check()).startsWith("0: ");
    }

    @Test
    void shouldNotMindAStepThatTwoRanksAcceptedInTwoTerms() throws IOException {
        log("a", line(1, 0, 0, "[3,8]"));
        log("b", line(1, 0, 1, "[3,8]").replace("\"term\":1", "\"term\":2"));

        assertThat(check()).startsWith("0: ");
    }

    @Test
    void shouldDemandTheLogOfEveryMember() throws IOException {
        log("a", line(1, 0, 0, "[3,8]"), line(1, 1, 0, "[4,4]"));

        assertThat(check())
                .contains(
                        "1: ", "epoch 1, step 0: there is no line of rank 1 to that of rank 0", "went on with step 1");
    }

    @Test
    void shouldRefuseTwoMembersOfTheSameRank() throws IOException {
        log("a", line(1, 0, 0, "[3,8]"));
        log("b", line(1, 0, 0, "[3,8]"));

        assertThat(check()).contains("1: ", "a:1", "b:1", "are both rank 0");
    }

    @Test
    void shouldRefuseAMemberThatChangesItsRankWithinAnEpoch() throws IOException {
        log("a", line(1, 0, 0, "[3,8]"), line(1, 1, 1, "[3,8]"));
        log("b", line(1, 0, 1, "[3,8]"), line(1, 1, 0, "[3,8]"));

        assertThat(check()).contains("1: ", "epoch 1, step 1: ", "a:2 is rank 1, before it", "a:1 is 0");
    }

    @Test
    void shouldLetAMemberHaveAnotherRankInTheNextEpoch() throws IOException {
        log("a", line(1, 0, 0, "[3,8]"));
        log("b", line(1, 0, 1, "[3,8]"), line(2, 0, 0, "[3]"));

        assertThat(check()).startsWith("0: ");
    }

    @Test
    void shouldRefuseAStepThatIsThereTwice() throws IOException {
        log("a", line(1, 0, 0, "[3,8]"), line(1, 0, 0, "[3,8]"));

        assertThat(check()).contains("1: ", "comes after epoch 1, step 0 in the same log", "a:1");
    }

    @Test
    void shouldRefuseALogThatGoesBack() throws IOException {
        log("a", line(1, 1, 0, "[3]"), line(1, 0, 0, "[3]"));

        assertThat(check()).contains("1: ", "epoch 1, step 0: rank 0", "comes after epoch 1, step 1 in the same log");
    }

    @Test
    void shouldRefuseATermThatFalls() throws IOException {
        log("a", line(1, 0, 0, "[3]").replace("\"term\":1", "\"term\":2"), line(1, 1, 0, "[3]"));

        assertThat(check()).contains("1: ", "a:2) has term 1", "a:1 has 2");
    }

    @Test
    void shouldRefuseAnotherWorldSizeInTheSameEpoch() throws IOException {
        log("a", line(1, 0, 0, "[3]"), line(1, 1, 0, "[3,4]"));

        assertThat(check()).contains("1: ", "a:2) has counts of 2 ranks", "a:1) of the epoch's step 0 has 1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "\"step\":1", "\"uniform\":true}", "\"result_hash\":\"00"})
    void shouldNotMindALineThatBreaksOffAtTheEnd(String lastWritten) throws IOException {
        String whole = line(1, 1, 0, "[3]");
        log("a", line(1, 0, 0, "[3]"));
        append("a", whole.substring(0, whole.indexOf(lastWritten) + lastWritten.length()));

        assertThat(check()).contains("0: ", "1 steps", "1 logs break off in their last line");
    }

    @Test
    void shouldTakeALastLineThatLacksNothingButItsEnd() throws IOException {
        log("a", line(1, 0, 0, "[3]"));
        append("a", line(1, 1, 0, "[3]"));

        assertThat(check()).contains("0: ", "2 steps").doesNotContain("break off");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"rank\":0|\"rank\":4294967296|rank is 4294967296; allowed is 0 to 0",
                "\"rank\":0|\"rank\":1|rank is 1; allowed is 0 to 0",
                "\"epoch\":1|\"epoch\":18446744073709551617|epoch is 18446744073709551617",
                "\"step\":1|\"step\":-1|step is -1; allowed is a whole number from 0",
                "\"step\":1|\"step\":1,\"step\":2|no JSON object of its own",
                "[3]|[\"3\"]|num_tokens_across_dp is [\"3\"]",
                "[3]|[]|num_tokens_across_dp is []",
                "true|1|descriptor is {",
                "\"00ff\"|255|result_hash is 255; allowed is a text",
                "\"00ff\"}|\"00ff\"}{}|no JSON object of its own",
                "\"00ff\"}|\"00f|no JSON object of its own",
                "\"term\":1,||term is missing; allowed is a whole number from 0",
            })
    void shouldNameAMalformedLine(String right, String wrong, String said) throws IOException {
        String malformed = line(1, 1, 0, "[3]").replace(right, wrong == null ? "" : wrong);
        log("a", line(1, 0, 0, "[3]"), malformed);

        assertThat(check()).startsWith("2: ").contains("a:2: " + said);
    }

    @Test
    void shouldNameALineThatIsTooLongToHold() throws IOException {
        log("a", line(1, 0, 0, "[3]"), " ".repeat(1024 * 1024 + 1));

        assertThat(check()).startsWith("2: ").contains("a:2: is longer than 1048576 characters");
    }

    @Test
    void shouldNameALineThatIsNoText() throws IOException {
        log("a");
        Files.write(directory.resolve("a"), new byte[] {(byte) 0xff, '\n'});

        assertThat(check()).startsWith("2: ").contains("a:1: has bytes that are no UTF-8");
    }

    @Test
    void shouldNameAFileThatIsMissing() {
        files.add(directory.resolve("none").toString());

        assertThat(check()).startsWith("2: ").contains("none: there is no such file");
    }

    @Test
    void shouldNameAFileThatCannotBeRead() {
        files.add(directory.toString());

        assertThat(check()).startsWith("2: ").contains(directory + ":1: cannot be read: ");
    }

    @Test
    void shouldRefuseToProveNothing() {
        assertThat(check()).startsWith("2: ").contains("FILE");
    }

    private static String line(long epoch, long step, int rank, String counts) {
        return "{\"term\":1,\"epoch\":" + epoch + ",\"step\":" + step + ",\"rank\":" + rank
                + ",\"num_tokens_across_dp\":" + counts
                + ",\"descriptor\":{\"num_tokens\":8,\"num_requests\":null,\"uniform\":true},\"result_hash\":\"00ff\"}";
    }

    private void log(String name, String... lines) throws IOException {
        files.add(Files.write(directory.resolve(name), List.of(lines)).toString());
    }

    private void append(String name, String text) throws IOException {
        Files.writeString(directory.resolve(name), text, StandardOpenOption.APPEND);
    }

    private String check() {
        var said = new StringWriter();
        var command =
                new CommandLine(new HistoryMain()).setOut(new PrintWriter(said)).setErr(new PrintWriter(said));
        int exitCode = command.execute(files.toArray(String[]::new));
        return exitCode + ": " + said;
    }
}
