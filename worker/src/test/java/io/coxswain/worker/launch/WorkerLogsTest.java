package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.coxswain.worker.launch.ChildGroup.Seat;
import io.coxswain.worker.launch.ChildProcess.Cause;
import io.coxswain.worker.launch.ChildProcess.Sinks;
import io.coxswain.worker.launch.LogSettings.Streams;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerLogsTest {
    private final ByteArrayOutputStream console = new ByteArrayOutputStream();

    @TempDir
    private Path directory;

    private WorkerLogs logs(Streams redirects, Streams tee, Set<Integer> shown) {
        PrintStream stream = new PrintStream(console, true, StandardCharsets.UTF_8);
        return new WorkerLogs(
                new LogSettings(directory, redirects, tee, shown),
                "night",
                new Terminal(stream, stream, Terminal.Style.PLAIN));
    }

    private static void say(Sinks sinks, String out, String err) {
        sinks.stdout().accept(out);
        sinks.stderr().accept(err);
        sinks.stdout().close();
        sinks.stderr().close();
    }

    private List<String> lines() {
        return console.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private String file(String path) throws IOException {
        return Files.readString(directory.resolve("night").resolve(path));
    }

    @Test
    void shouldKeepWhatTheConsoleShows() throws IOException {
        WorkerLogs logs = logs(Streams.NONE, Streams.BOTH, Set.of());

        say(logs.open(new Seat(3, 1), 1, "rank 3"), "out", "err");

        assertThat(lines()).containsExactly("[rank 3] out", "[rank 3] err");
        assertThat(file("attempt_1/3/stdout.log")).isEqualTo("out\n");
        assertThat(file("attempt_1/3/stderr.log")).isEqualTo("err\n");
    }

    @Test
    void shouldKeepFromTheConsoleWhatIsRedirected() throws IOException {
        WorkerLogs logs = logs(new Streams(0, Map.of(0, 1, 1, 3)), Streams.NONE, Set.of());

        say(logs.open(new Seat(0, 0), 0, "rank 0"), "out 0", "err 0");
        say(logs.open(new Seat(1, 0), 1, "rank 1"), "out 1", "err 1");
        say(logs.open(new Seat(2, 0), 2, "rank 2"), "out 2", "err 2");

        assertThat(lines()).containsExactly("[rank 0] err 0", "[rank 2] out 2", "[rank 2] err 2");
        assertThat(file("attempt_0/0/stdout.log")).isEqualTo("out 0\n");
        assertThat(directory.resolve("night/attempt_0/0/stderr.log")).doesNotExist();
        assertThat(file("attempt_0/1/stderr.log")).isEqualTo("err 1\n");
    }

    @Test
    void shouldShowTheLocalRanksOfTheFilterAlone() throws IOException {
        WorkerLogs logs = logs(Streams.NONE, Streams.BOTH, Set.of(1));

        say(logs.open(new Seat(4, 0), 0, "rank 4"), "out 4", "err 4");
        say(logs.open(new Seat(5, 0), 1, "rank 5"), "out 5", "err 5");

        assertThat(lines()).containsExactly("[rank 5] out 5", "[rank 5] err 5");
        assertThat(file("attempt_0/4/stdout.log")).isEqualTo("out 4\n");
    }

    @Test
    void shouldNeverOverwriteTheLogsOfAnEarlierLaunch() throws IOException {
        for (String said : List.of("first", "second", "third")) {
            say(logs(Streams.NONE, Streams.BOTH, Set.of()).open(new Seat(0, 0), 0, "rank 0"), said, "");
        }

        assertThat(file("attempt_0/0/stdout.log")).isEqualTo("first\n");
        assertThat(file("attempt_0/0.2/stdout.log")).isEqualTo("second\n");
        assertThat(file("attempt_0/0.3/stdout.log")).isEqualTo("third\n");
    }

    @Test
    void shouldSayAsDataHowAWorkerHasFailedAndWhyTheJob() throws IOException {
        WorkerLogs logs = logs(Streams.NONE, Streams.BOTH, Set.of());
        say(logs.open(new Seat(1, 2), 1, "rank 1"), "", "no memory");
        WorkerEnd end = new WorkerEnd(new Seat(1, 2), 4711, 137, Cause.ITSELF, limit -> List.of("no memory"));
        FailureReport.End facts = LocalNode.facts(end, "host-b");

        logs.noteFailure(end, facts);
        FailureReport report = new FailureReport(
                "night", end.what(), new Suspect.Worker(1), List.of(facts), FailureReport.Verdict.UNKNOWN);
        logs.noteVerdict(report);
        logs.noteVerdict(report);

        JsonNode error = new ObjectMapper().readTree(file("attempt_2/1/error.json"));
        assertThat(error.get("rank").asInt()).isEqualTo(1);
        assertThat(error.get("attempt").asInt()).isEqualTo(2);
        assertThat(error.get("host").asText()).isEqualTo("host-b");
        assertThat(error.get("pid").asLong()).isEqualTo(4711);
        assertThat(error.get("signal").asInt()).isEqualTo(9);
        assertThat(error.get("ended_by").asText()).isEqualTo("itself");
        assertThat(error.get("last_lines").get(0).asText()).isEqualTo("no memory");
        JsonNode failure = new ObjectMapper().readTree(file("failure.json"));
        assertThat(failure.get("exit_code").asInt()).isEqualTo(137);
        assertThat(failure.at("/root_cause/name").asText()).isEqualTo("rank 1");
        assertThat(directory.resolve("night/failure.2.json")).exists();
    }

    @Test
    void shouldKeepNothingWithoutADirectory() throws IOException {
        PrintStream stream = new PrintStream(console, true, StandardCharsets.UTF_8);
        WorkerLogs logs = new WorkerLogs(LogSettings.NONE, "night", new Terminal(stream, stream, Terminal.Style.PLAIN));

        say(logs.open(new Seat(0, 0), 0, "rank 0"), "out", "err");

        assertThat(lines()).containsExactly("[rank 0] out", "[rank 0] err");
        assertThat(directory).isEmptyDirectory();
    }
}
