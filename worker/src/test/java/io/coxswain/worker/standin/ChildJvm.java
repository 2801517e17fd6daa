package io.coxswain.worker.standin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A JVM of its own on the stand-in, that does what it is told line by line and answers each line with one (see
 * {@link ChildProgram}). Closing it leaves no process.
 */
final class ChildJvm implements AutoCloseable {
    private static final String END = "the output has ended";

    private final Process process;
    private final Writer commands;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final List<String> others = new CopyOnWriteArrayList<>();

    private ChildJvm(Process process) {
        this.process = process;
        this.commands = process.outputWriter();
    }

    /** With these variables in its environment. */
    static ChildJvm start(Map<String, String> variables) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"));
        command.addAll(List.of("-XX:-CreateCoredumpOnCrash", "-XX:+ErrorFileToStderr"));
        command.addAll(StandIn.jvmOptions());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ChildProgram.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(variables);
        ChildJvm child = new ChildJvm(builder.start());
        Thread reader = new Thread(child::read, "child-output");
        reader.setDaemon(true);
        reader.start();
        return child;
    }

    private void read() {
        try (BufferedReader output = process.inputReader()) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            others.add("its output was closed"); // by its end
        }
        lines.add(END);
    }

    void tell(String command) throws IOException {
        commands.write(command + "\n");
        commands.flush();
    }

    /** The answer to the last command; what the libraries print is kept apart. */
    String answer() throws InterruptedException {
        for (; ; ) {
            String line = lines.poll(Bindings.LIMIT.toSeconds(), TimeUnit.SECONDS);
            assertThat(line)
                    .as(() -> "after " + String.join("\n", others))
                    .isNotNull()
                    .isNotEqualTo(END);
            if (line.startsWith(ChildProgram.ANSWER)) {
                return line.substring(ChildProgram.ANSWER.length());
            }
            others.add(line);
        }
    }

    String ask(String command) throws IOException, InterruptedException {
        tell(command);
        return answer();
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** What it printed beside its answers, to its end. */
    String outputToTheEnd() throws InterruptedException {
        for (String line = lines.poll(Bindings.LIMIT.toSeconds(), TimeUnit.SECONDS); !END.equals(line); ) {
            assertThat(line).isNotNull();
            others.add(line);
            line = lines.poll(Bindings.LIMIT.toSeconds(), TimeUnit.SECONDS);
        }
        return String.join("\n", others);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
