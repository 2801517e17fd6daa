package io.coxswain.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.coxswain.v1.GetStatusRequest;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.RankStatus;
import io.coxswain.v1.StatusServiceGrpc;
import io.coxswain.worker.net.ReplicaAddresses;
import io.coxswain.worker.net.ReplicaChannels;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A job as users start it: {@code scripts/launch.sh} of this checkout, whose shell becomes the launcher's JVM. Its job
 * directory and its report lie in the test's directory. Closing it leaves no process, whatever the test did.
 *
 * <p>Used by the test's thread; a thread of its own keeps the output.
 */
final class JobProcess implements AutoCloseable {
    /** No measure of anything: only so that a broken test ends, on a machine busy with other things too. */
    static final Duration LIMIT = Duration.ofMinutes(2);

    /** Maven runs the tests in the module's folder. */
    static final Path SCRIPTS = Path.of("..", "scripts").toAbsolutePath().normalize();

    private static final Pattern COORDINATOR = Pattern.compile("coordinator at ([^ ]+), [0-9]+ workers");
    private static final String REPORT = "report.json";

    private final Path directory;
    private final Process launcher;
    private final List<String> output = new CopyOnWriteArrayList<>();
    private final Set<ProcessHandle> processes = ConcurrentHashMap.newKeySet();
    private final Thread reader;
    private @Nullable ManagedChannel channel;

    private JobProcess(Path directory, Process launcher) {
        this.directory = directory;
        this.launcher = launcher;
        this.reader = new Thread(this::keepOutput, "launcher-output");
    }

    /** Starts a job with a small model on the CPU; the flags come after those that every test has. */
    static JobProcess launch(Path directory, String... flags) throws IOException {
        return launch(directory, Map.of(), Stream.concat(Stream.of("--device=cpu"), Stream.of(flags)));
    }

    /** The same on the device that the flags and the environment say. */
    static JobProcess launch(Path directory, Map<String, String> environment, Stream<String> flags) throws IOException {
        Stream<String> common =
                Stream.of("--hidden-width=32", "--inner-width=64", "--report=" + directory.resolve(REPORT));
        ProcessBuilder launcher =
                script(directory, "launch.sh", Stream.concat(common, flags).toList());
        launcher.environment().putAll(environment);
        JobProcess job =
                new JobProcess(directory, launcher.redirectErrorStream(true).start());
        job.processes.add(job.launcher.toHandle());
        job.reader.setDaemon(true);
        job.reader.start();
        return job;
    }

    /** A script of this checkout, run by the JDK that runs the test, with the directory as its user's runtime directory. */
    static ProcessBuilder script(Path directory, String name, List<String> arguments) {
        List<String> words = new ArrayList<>();
        words.add(SCRIPTS.resolve(name).toString());
        words.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("XDG_RUNTIME_DIR", directory.toString());
        return builder;
    }

    private void keepOutput() {
        try (BufferedReader lines = launcher.inputReader()) {
            lines.lines().forEach(output::add);
        } catch (IOException | UncheckedIOException ended) {
            output.add("(the output broke off: " + ended.getMessage() + ")");
        }
    }

    /** Writes a trace of like requests that are all there from the start; returns the file. */
    static Path trace(Path file, int requests, int promptTokens, int generatedTokens) throws IOException {
        String request = request("18:15:46", promptTokens, generatedTokens);
        return Files.writeString(
                file,
                "TIMESTAMP,ContextTokens,GeneratedTokens\n" + String.join("", Collections.nCopies(requests, request)));
    }

    /** The same, and one more of them 40 seconds later: with {@code --speed=1} the job lasts for so long, however fast it is. */
    static Path longTrace(Path file, int requests, int promptTokens, int generatedTokens) throws IOException {
        return Files.writeString(
                trace(file, requests - 1, promptTokens, generatedTokens),
                request("18:16:26", promptTokens, generatedTokens),
                StandardOpenOption.APPEND);
    }

    private static String request(String time, int promptTokens, int generatedTokens) {
        return "2023-11-16 " + time + ".6805900," + promptTokens + "," + generatedTokens + "\n";
    }

    /** All lines so far, of standard output and standard error. */
    List<String> output() {
        return List.copyOf(output);
    }

    /** All lines so far as one text. */
    String text() {
        return String.join("\n", output);
    }

    /** The line that says who is to blame. */
    String rootCause() {
        return output.stream()
                .filter(line -> line.startsWith("root cause: "))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no root cause in\n" + text()));
    }

    /** The launcher's exit code, once it and its output have ended. */
    int awaitExit() throws InterruptedException {
        assertThat(launcher.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS))
                .as(() -> "the launcher has ended; its output:\n" + text())
                .isTrue();
        reader.join(LIMIT.toMillis());
        return launcher.exitValue();
    }

    JsonNode report() throws IOException {
        return new ObjectMapper().readTree(directory.resolve(REPORT).toFile());
    }

    /** Where the coordinator serves, HOST:PORT, or where each replica does, once the launcher has said so. */
    String awaitCoordinator() {
        return await("the coordinator's address")
                .atMost(LIMIT)
                .until(
                        () -> output.stream()
                                .map(COORDINATOR::matcher)
                                .filter(Matcher::find)
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow()
                .group(1);
    }

    /** A channel to the coordinator that leads, closed with the job. */
    ManagedChannel channel() {
        if (channel == null) {
            channel = ReplicaChannels.to(ReplicaAddresses.parse(awaitCoordinator()))
                    .build();
        }
        return channel;
    }

    /** Waits for a status of the coordinator's and notes the processes of the job, all of them once it runs. */
    GetStatusResponse awaitStatus(Predicate<GetStatusResponse> wanted) {
        StatusServiceGrpc.StatusServiceBlockingStub stub =
                StatusServiceGrpc.newBlockingStub(channel()).withWaitForReady();
        GetStatusResponse status = await("the status")
                .atMost(LIMIT)
                .ignoreExceptionsMatching(JobProcess::isOfALostLeader)
                .until(
                        () -> stub.withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS)
                                .getStatus(GetStatusRequest.getDefaultInstance()),
                        wanted);
        launcher.descendants().forEach(processes::add);
        return status;
    }

    private static boolean isOfALostLeader(Throwable failed) {
        return failed instanceof StatusRuntimeException status
                && status.getStatus().getCode() == Status.Code.UNAVAILABLE;
    }

    /** Waits until all ranks have gone some steps together. */
    GetStatusResponse awaitSteps() {
        GetStatusResponse status = awaitStatus(answer -> answer.getState().equals("running") && answer.getStep() > 20);
        int coordinators = awaitCoordinator().split(",").length;
        assertThat(processes).hasSize(status.getWorldSize() + coordinators + 1);
        return status;
    }

    /** The worker at a place, as the coordinator knows it. */
    ProcessHandle worker(GetStatusResponse status, int place) {
        RankStatus rank = status.getRanks(place);
        return ofThisJob(rank.getPid());
    }

    ProcessHandle coordinator(GetStatusResponse status) {
        return ofThisJob(status.getLeader().getPid());
    }

    /** One of the coordinators that do not lead. */
    ProcessHandle standby(GetStatusResponse status) {
        return processes.stream()
                .filter(process -> process.pid() != status.getLeader().getPid())
                .filter(process -> process.info().commandLine().orElse("").contains("--replica-address"))
                .filter(ProcessHandle::isAlive)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no coordinator stands by among " + processes));
    }

    ProcessHandle launcher() {
        return launcher.toHandle();
    }

    private ProcessHandle ofThisJob(long pid) {
        return processes.stream()
                .filter(process -> process.pid() == pid)
                .findFirst()
                .orElseThrow(() -> new AssertionError("pid " + pid + " is none of this job's: " + processes));
    }

    /** Sends a signal by its name: KILL, STOP, INT. */
    static void signal(ProcessHandle process, String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
        assertThat(kill.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(kill.exitValue()).isZero();
    }

    /**
     * Asserts that the job ends by itself, with the totals of so many like requests, every row verified, nobody left behind, and one
     * history in the step logs, which are in the folder "steps" of the test's directory.
     */
    JsonNode assertWellEnded(int requests, int promptTokens, int generatedTokens)
            throws IOException, InterruptedException {
        assertThat(awaitExit()).as(this::text).isZero();
        assertThat(alive()).isEmpty();
        JsonNode report = report();
        assertThat(report.get("requests_completed").asInt()).isEqualTo(requests);
        assertThat(report.get("prompt_tokens").asInt()).isEqualTo(requests * promptTokens);
        assertThat(report.get("generated_tokens").asInt()).isEqualTo(requests * generatedTokens);
        assertThat(report.get("verification").get("passed").asBoolean())
                .as(report::toString)
                .isTrue();
        assertOneHistory(directory.resolve("steps"));
        return report;
    }

    /** Asserts that the step logs of a directory are one history, by the script that users have for it. */
    static void assertOneHistory(Path logs) throws IOException, InterruptedException {
        List<String> files;
        try (Stream<Path> all = Files.list(logs)) {
            files = all.map(Path::toString).sorted().toList();
        }
        Process check = script(logs, "check-history.sh", files)
                .redirectErrorStream(true)
                .start();
        String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(check.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(check.exitValue()).as(said).isZero();
    }

    /** Waits until a line contains the text. */
    void awaitLine(String text) {
        await(text).atMost(LIMIT).until(() -> output.stream().anyMatch(line -> line.contains(text)));
    }

    /** Notes the processes that the job has now; answers all that were noted. */
    List<ProcessHandle> noteProcesses() {
        launcher.descendants().forEach(processes::add);
        return List.copyOf(processes);
    }

    /** Waits until none of those lives that were noted. */
    void awaitNoneAlive() {
        await("the end of all processes").atMost(LIMIT).until(() -> alive().isEmpty());
    }

    /** Those of the job's processes that live. */
    List<ProcessHandle> alive() {
        return processes.stream().filter(ProcessHandle::isAlive).toList();
    }

    @Override
    public void close() {
        if (channel != null) {
            channel.shutdownNow();
        }
        launcher.descendants().forEach(processes::add);
        processes.forEach(ProcessHandle::destroyForcibly);
    }
}
