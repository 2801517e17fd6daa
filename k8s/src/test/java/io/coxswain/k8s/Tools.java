package io.coxswain.k8s;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * kubectl and the schemas of Kubernetes, downloaded by {@code k8s/fetch-tools.sh} into a folder that outlives builds. Stateless;
 * builds at the same time do not disturb each other.
 */
final class Tools {

    /** The module's folder; Maven runs the tests there and says so. */
    static final Path MODULE = Path.of(System.getProperty("basedir", "")).toAbsolutePath();

    private static final long DOWNLOAD_LIMIT_SECONDS = 480;
    private static final long RENDER_LIMIT_SECONDS = 60;

    private Tools() {}

    /** Their folder. Where they cannot be had, the test ends here: skipped, and in CI failed. */
    static Path fetch() throws IOException, InterruptedException {
        Path folder = Path.of(System.getProperty("user.home"), ".cache", "coxswain", "kubernetes-1.37");
        String script = MODULE.resolve("fetch-tools.sh").toString();
        Ending ending = run(DOWNLOAD_LIMIT_SECONDS, List.of("bash", script, folder.toString()));
        if (ending.exitCode() == 1 && !ending.output().contains("hash mismatch")) {
            unavailable(ending.output());
        }
        ending.requireSuccess(script);
        return folder;
    }

    /** What kustomize makes of a folder below the module's. */
    static String render(Path tools, String folder) throws IOException, InterruptedException {
        List<String> command = List.of(
                tools.resolve("kubectl").toString(),
                "kustomize",
                MODULE.resolve(folder).toString());
        Ending ending = run(RENDER_LIMIT_SECONDS, command);
        ending.requireSuccess(String.join(" ", command));
        return ending.output();
    }

    /** How a command ended, and what it said on both of its outputs. */
    record Ending(int exitCode, String output) {
        void requireSuccess(String command) {
            if (exitCode != 0) {
                throw new IllegalStateException(command + " ended with " + exitCode + ": " + output);
            }
        }
    }

    static Ending run(long limitSeconds, List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("coxswain-k8s-", ".out");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(limitSeconds, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                throw new IllegalStateException(command + " did not end within " + limitSeconds + " s");
            }
            return new Ending(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.deleteIfExists(output);
        }
    }

    /** Ends the test: skipped, and in CI failed. */
    static void unavailable(String reason) {
        if (System.getenv("CI") != null || System.getenv("COXSWAIN_CI") != null) {
            throw new IllegalStateException(reason + " (in CI nothing that needs it is skipped)");
        }
        abort(reason);
    }
}
