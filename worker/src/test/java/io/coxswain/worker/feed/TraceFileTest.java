package io.coxswain.worker.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceFileTest {
    private static final String HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens";
    private static final String FIRST = "2023-11-16 18:15:46.6805900,374,44";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n"})
    void shouldReadRequestsWithTheirArrivalAfterTheFirst(String end) throws IOException {
        Trace trace = read(
                HEADER, end, FIRST, end, "2023-11-16 18:15:50.9951690,396,109", end, "2023-11-16 18:15:51,1,1000000");

        assertThat(trace.size()).isEqualTo(3);
        assertThat(trace.promptTokens(0)).isEqualTo(374);
        assertThat(trace.generatedTokens(1)).isEqualTo(109);
        assertThat(trace.generatedTokens(2)).isEqualTo(1_000_000);
        assertThat(trace.arrivalNanos(0)).isZero();
        assertThat(trace.arrivalNanos(1)).isEqualTo(4_314_579_000L);
        assertThat(trace.arrivalNanos(2)).isEqualTo(4_319_410_000L);
        assertThat(trace.totalPromptTokens()).isEqualTo(771);
        assertThat(trace.totalGeneratedTokens()).isEqualTo(1_000_153);
    }

    @Test
    void shouldReadTheSameWithAndWithoutAnEndOfTheLastLine() throws IOException {
        assertThat(read(HEADER, "\n", FIRST).size()).isEqualTo(1);
        assertThat(read(HEADER, "\n", FIRST, "\n").size()).isEqualTo(1);
        assertThat(read(HEADER, "\r\n", FIRST, "\r\n").size()).isEqualTo(1);
    }

    @Test
    void shouldReadTimesWithAnOffset() throws IOException {
        Trace trace = read(HEADER, "\n2024-05-10 00:00:00.009930+00:00,1,1\n2024-05-10 01:00:01.009930+01:00,1,1");
        assertThat(trace.arrivalNanos(1)).isEqualTo(1_000_000_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\r\n"})
    void shouldTakeAHeaderAloneForATraceOfNoRequests(String end) throws IOException {
        assertThat(read(HEADER, end).size()).isZero();
    }

    @Test
    void shouldTakeTheFirstRequestsAndCheckTheRest() throws IOException {
        Path file = write(HEADER + "\n" + FIRST + "\n" + FIRST + "\n" + FIRST);
        assertThat(TraceFile.read(file, 2).size()).isEqualTo(2);
        assertThat(TraceFile.read(file, 4).size()).isEqualTo(3);

        Path bad = write(HEADER + "\n" + FIRST + "\n" + FIRST + "\nnonsense");
        assertThatExceptionOfType(TraceFormatException.class)
                .isThrownBy(() -> TraceFile.read(bad, 1))
                .satisfies(e -> assertThat(e.lineNumber()).isEqualTo(4));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            quoteCharacter = '`',
            value = {
                "nonsense | the line \"nonsense\" has 1 column; allowed are the three of " + HEADER,
                "`` | the line \"\" has 1 column",
                "2023-11-16 18:15:47,1 | has 2 columns",
                "2023-11-16 18:15:47,1,2,3 | has 4 columns",
                "2023-11-16 18:15:47,0,2 | ContextTokens is \"0\"; allowed are the numbers 1 to 1000000",
                "2023-11-16 18:15:47,1,1000001 | GeneratedTokens is \"1000001\"; allowed are the numbers 1 to 1000000",
                "2023-11-16 18:15:47,99999999999,1 | ContextTokens is \"99999999999\"",
                "2023-11-16 18:15:47,1,-1 | GeneratedTokens is \"-1\"",
                "2023-11-16 18:15:47,1,1.5 | GeneratedTokens is \"1.5\"",
                "2023-11-16 18:15:47,,1 | ContextTokens is \"\"",
                "2023-11-16 18:15:47, 1,1 | ContextTokens is \" 1\"",
                "2023-11-31 18:15:47,1,1 | TIMESTAMP is \"2023-11-31 18:15:47\"; allowed is a time like 2023",
                "yesterday,1,1 | TIMESTAMP is \"yesterday\"",
                "2023-11-16 18:15:46.6805899,1,1 | before that of the line above",
                "2123-12-16 18:15:47,1,1 | allowed are 36500 days after the first at most",
            })
    void shouldRefuseAMalformedLineWithFileLineAndReason(String line, String reason) throws IOException {
        Path file = write(HEADER + "\r\n" + FIRST + "\r\n" + line + "\r\n" + FIRST);
        assertThatExceptionOfType(TraceFormatException.class)
                .isThrownBy(() -> TraceFile.read(file, 10))
                .withMessageStartingWith("trace file " + file + ", line 3: ")
                .withMessageContaining(reason.strip());
    }

    @Test
    void shouldRefuseAFileWithoutTheHeader() throws IOException {
        assertRefused(write(""), "line 1: the file is empty; the header " + HEADER + " is needed");
        assertRefused(write(FIRST), "line 1: the header is \"" + FIRST + "\"; allowed is " + HEADER);
        assertRefused(write("\n" + HEADER), "line 1: the header is \"\"");
    }

    @Test
    void shouldGiveUpOnALineWithoutAnEnd() throws IOException {
        assertRefused(write(HEADER + "\n" + "1".repeat(100_000)), "line 2: the line has more than 200 characters");
    }

    @Test
    void shouldShowNothingOfABinaryFileThatATerminalWouldObey() throws IOException {
        assertRefused(write(HEADER + "\n\u001b[31m\u00e9,1,1"), "line 2: TIMESTAMP is \"?[31m??\"");
    }

    @Test
    void shouldSayWhichFileIsMissing() {
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> TraceFile.read(folder.resolve("none.csv"), 1))
                .withMessageContaining("none.csv");
    }

    @Test
    void shouldRefuseToTakeNoRequests() throws IOException {
        Path file = write(HEADER);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TraceFile.read(file, 0))
                .withMessageContaining("maxRequests is 0");
    }

    private static void assertRefused(Path file, String reason) {
        assertThatExceptionOfType(TraceFormatException.class)
                .isThrownBy(() -> TraceFile.read(file, 10))
                .withMessageContaining(reason);
    }

    private Trace read(String... text) throws IOException {
        return TraceFile.read(write(String.join("", text)), Integer.MAX_VALUE);
    }

    private Path write(String text) throws IOException {
        return Files.write(folder.resolve("trace.csv"), text.getBytes(StandardCharsets.UTF_8));
    }
}
