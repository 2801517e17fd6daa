package io.coxswain.worker.nvidia;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs a process to its end, for which it has a limit. */
final class Command {
    private Command() {}

    /**
     * How a process ended.
     *
     * @param exitCode 0 for success
     * @param output what it printed
     * @param error what it printed to its standard error
     */
    record Ending(int exitCode, String output, String error) {
        /** The lines of a process that must succeed. */
        List<String> lines(String what) throws IOException {
            if (exitCode != 0) {
                throw new IOException(what + " ended with exit code " + exitCode + ":\n" + output + error);
            }
            return output.lines().toList();
        }
    }

    /** In this process's environment with some more; {@code folder} is for the output. */
    static Ending run(Path folder, Duration limit, Map<String, String> environment, List<String> words)
            throws IOException {
        Path output = Files.createTempFile(folder, "output", ".txt");
        Path error = Files.createTempFile(folder, "error", ".txt");
        ProcessBuilder builder = new ProcessBuilder(words)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(output.toFile())
                .redirectError(error.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException("not done within " + limit + ": " + String.join(" ", words) + "\n"
                        + Files.readString(output) + Files.readString(error));
            }
            return new Ending(process.exitValue(), Files.readString(output), Files.readString(error));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            // The children first: a shell that lives on then cleans up after them.
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroy();
        }
    }
}
