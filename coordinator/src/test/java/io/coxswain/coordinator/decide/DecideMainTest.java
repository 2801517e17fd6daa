package io.coxswain.coordinator.decide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class DecideMainTest {

    private static final String SETTINGS =
            "{\"capture_sizes\":[1,2,4,8],\"decode_query_len\":1,\"graph_mode\":\"FULL_AND_PIECEWISE\","
                    + "\"microbatches\":1,\"decode_threshold\":32,\"prefill_threshold\":512,\"max_num_requests\":8}";
    private static final String FIVE = rank(5, "1");
    private static final String NONE = "{\"num_tokens\":0,\"num_requests\":0,\"uniform_token_count\":null,"
            + "\"allow_microbatches\":true,\"eager\":false,\"allow_skip_drafts\":false}";
    private static final String DECISION =
            "{\"idle\":false,\"graph_mode\":\"FULL\",\"num_tokens\":8,\"num_requests\":8,"
                    + "\"uniform_token_count\":1,\"microbatches\":1,\"num_tokens_across_dp\":[8,8],"
                    + "\"agreed_uniform_token_count\":1,\"largest_num_requests\":5,\"skip_drafts\":false}";

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void shouldPrintTheDecisionsOfVllmByteForByte() throws IOException, URISyntaxException {
        String decisions = Files.readAllLines(vllmCases()).stream()
                .map(line ->
                        line.substring(line.indexOf("\"decision\":") + "\"decision\":".length(), line.length() - 1))
                .collect(Collectors.joining(System.lineSeparator(), "", System.lineSeparator()));

        assertThat(decide(vllmCases().toString())).isZero();

        assertThat(out.toString()).isEqualTo(decisions);
    }

    @Test
    void shouldFindTheDecisionsOfVllmEqual() throws URISyntaxException {
        assertThat(decide("--check", vllmCases().toString())).isZero();
        assertThat(out.toString().lines()).containsExactly("1500 decisions checked, all equal");
    }

    @Test
    void shouldAnswerForARankWithoutTokensBesideABusyOne() throws IOException {
        assertThat(decide(file(line(NONE, FIVE), "", line(NONE, NONE)))).isZero();
        assertThat(out.toString().lines()).containsExactly(DECISION, "{\"idle\":true}");
    }

    @Test
    void shouldReadFromStandardInputWithoutALastNewline() {
        InputStream before = System.in;
        System.setIn(
                new ByteArrayInputStream((line(NONE, FIVE) + "\r\n" + line(NONE)).getBytes(StandardCharsets.UTF_8)));
        try {
            assertThat(decide("-")).isZero();
        } finally {
            System.setIn(before);
        }
        assertThat(out.toString().lines()).containsExactly(DECISION, "{\"idle\":true}");
    }

    @Test
    void shouldNameEveryDifferenceByLineAndMember() throws IOException {
        String equal = line(NONE, FIVE).replace("}]}", "}],\"decision\":" + DECISION + "}");
        String different = equal.replace("\"num_tokens\":8,\"num_requests\":8", "\"num_tokens\":4,\"num_requests\":8")
                .replace(",\"skip_drafts\":false}}", ",\"skip\":null}}");

        assertThat(decide("--check", file(equal, different, equal))).isEqualTo(1);

        assertThat(out.toString().lines())
                .containsExactly(
                        "line 2: num_tokens: expected 4, got 8",
                        "line 2: skip: expected null, got no such member",
                        "line 2: skip_drafts: expected no such member, got false",
                        "3 decisions checked, 1 different");
    }

    @Test
    void shouldNeedADecisionToCompareWith() throws IOException {
        refuses(file(line(FIVE)), ":1: decision is missing; --check needs one to compare with", "--check");
    }

    @Test
    void shouldRefuseBadInputByFileLineAndField() throws IOException {
        refuses(
                file(line(FIVE), line(rank(-1, "1"))),
                ":2: ranks[0].num_tokens is -1; allowed are whole numbers from 0");
        refuses(file(line(FIVE, rank(1.5, "1"))), ":1: ranks[1].num_tokens is 1.5; allowed are whole numbers");
        refuses(file(line(rank(5, "0"))), ":1: ranks[0].uniform_token_count is 0; allowed are whole numbers from 1");
        refuses(file(line(rank(5, "2"))), ":1: ranks[0].uniform_token_count is 2 with 5 requests and 5 tokens");
        refuses(
                file(line(FIVE.replace("\"num_requests\":5", "\"num_requests\":6"))),
                ":1: ranks[0].num_requests is 6; allowed are 0 to 5 (num_tokens)");
        refuses(
                file(line(FIVE.replace("eager\":false", "eager\":0"))),
                ":1: ranks[0].eager is 0; allowed are true and");
        refuses(file(line(FIVE.replace("eager", "eagre"))), ":1: ranks[0].eagre is unknown; allowed are num_tokens,");
        refuses(file(line()), ":1: ranks is []; allowed are one entry for each rank");
        refuses(file(line("7")), ":1: ranks[0] is 7; allowed is an object with num_tokens");
    }

    @Test
    void shouldRefuseBadSettingsByFileLineAndField() throws IOException {
        refuses(file(line(FIVE).replace("[1,2,4,8]", "[1,4,2]")), ":1: settings.capture_sizes has 2 after 4;");
        refuses(file(line(FIVE).replace("[1,2,4,8]", "[0]")), ":1: settings.capture_sizes is 0; allowed are whole");
        refuses(file(line(FIVE).replace("[1,2,4,8]", "8")), ":1: settings.capture_sizes is 8; allowed is an array");
        refuses(
                file(line(FIVE).replace("FULL_AND_PIECEWISE", "BOTH")),
                ":1: settings.graph_mode is \"BOTH\"; allowed are [NONE, PIECEWISE, FULL,");
        refuses(
                file(line(FIVE).replace("\"microbatches\":1,", "")),
                ":1: settings.microbatches is missing; allowed are");
        refuses(file("{\"ranks\":[" + FIVE + "]}"), ":1: settings is missing; allowed is an object");
    }

    @Test
    void shouldRefuseWhatIsNoJsonObject() throws IOException {
        refuses(file("{\"settings\":"), ":1: column 13: Unexpected end-of-input");
        refuses(file(line(FIVE) + " {}"), "allowed is one JSON object on a line");
        refuses(file("{\"ranks\":[],\"ranks\":[]}"), "Duplicate");
        refuses(file("[1]"), ":1: the line is [1]; allowed is an object with settings, ranks, decision");
    }

    @Test
    void shouldRefuseBytesThatAreNoUtf8() throws IOException {
        Path file = directory.resolve("latin1.jsonl");
        Files.write(file, new byte[] {'{', '"', (byte) 0xe4, '"', '}', '\n'});

        refuses(file.toString(), ":1: has bytes that are no UTF-8");
    }

    @Test
    void shouldRefuseALineThatIsTooLongToHold() throws IOException {
        refuses(file(" ".repeat(BoundedLines.MAX_CHARACTERS + 1)), ":1: is longer than 16777216 characters");
    }

    @Test
    void shouldRefuseAFileThatCannotBeRead() {
        refuses(directory.resolve("none.jsonl").toString(), "none.jsonl: no such file");
        refuses(directory.toString(), "cannot be read");
    }

    @Test
    void shouldExplainItsUseWhereThereIsNoFile() {
        assertThat(decide()).isEqualTo(2);
        assertThat(err.toString())
                .contains("Missing required parameter: 'FILE'")
                .contains("--check");
    }

    private void refuses(String file, String message, String... options) {
        err.getBuffer().setLength(0);
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.add(file);
        assertThat(decide(arguments.toArray(String[]::new))).isEqualTo(2);
        assertThat(err.toString()).startsWith("decide: " + file).contains(message);
    }

    private int decide(String... arguments) {
        return new CommandLine(new DecideMain())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    private String file(String... lines) throws IOException {
        Path file = Files.createTempFile(directory, "cases", ".jsonl");
        return Files.writeString(file, String.join("\n", lines) + "\n").toString();
    }

    private static String line(String... ranks) {
        return "{\"settings\":" + SETTINGS + ",\"ranks\":[" + String.join(",", ranks) + "]}";
    }

    private static String rank(Number tokens, String uniform) {
        return "{\"num_tokens\":" + tokens + ",\"num_requests\":5,\"uniform_token_count\":" + uniform
                + ",\"allow_microbatches\":true,\"eager\":false,\"allow_skip_drafts\":true}";
    }

    private static Path vllmCases() throws URISyntaxException {
        URL cases = DecideMainTest.class.getResource("/vllm-0.33-decisions.jsonl");
        return Path.of(Objects.requireNonNull(cases).toURI());
    }
}
