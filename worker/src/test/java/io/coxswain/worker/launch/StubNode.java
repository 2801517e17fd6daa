package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A node's launcher in a process of its own, with stub programs. Used by the test's thread; another keeps its output. */
final class StubNode implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Process process;
    private final Thread reader;
    private final List<String> output = new CopyOnWriteArrayList<>();
    private final Set<ProcessHandle> children = ConcurrentHashMap.newKeySet();

    private StubNode(Process process) {
        this.process = process;
        this.reader = new Thread(this::keepOutput, "node-output");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * @param coordinator what stands in for it, on node 0
     * @param behaviour of the workers, as {@link StubWorker} has it
     */
    static StubNode start(Class<?> coordinator, String behaviour, String... flags) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                StubLaunch.class.getName(),
                coordinator.getName(),
                "--nnodes=2",
                "--worker-java-opts=-XX:TieredStopAtLevel=1 " + behaviour));
        words.addAll(List.of(flags));
        return new StubNode(new ProcessBuilder(words).redirectErrorStream(true).start());
    }

    private void keepOutput() {
        try (BufferedReader lines = process.inputReader()) {
            lines.lines().forEach(output::add);
        } catch (IOException | UncheckedIOException ended) {
            output.add("(the output broke off: " + ended.getMessage() + ")");
        }
    }

    String text() {
        return String.join("\n", output);
    }

    /** Waits for lines that contain a text, and notes the processes that it has started by then. */
    void awaitLines(int count, String text) {
        await(text)
                .atMost(LIMIT)
                .until(() -> output.stream().filter(line -> line.contains(text)).count() >= count);
        process.descendants().forEach(children::add);
    }

    int awaitExit() throws InterruptedException {
        assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS))
                .as(this::text)
                .isTrue();
        reader.join(LIMIT.toMillis());
        return process.exitValue();
    }

    void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
        assertThat(kill.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    /** Of those that were noted. */
    void awaitNoChild() {
        assertThat(children).isNotEmpty();
        await().atMost(LIMIT).untilAsserted(() -> assertThat(children).noneMatch(ProcessHandle::isAlive));
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        children.forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
