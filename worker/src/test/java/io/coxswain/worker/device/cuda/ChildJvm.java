package io.coxswain.worker.device.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A JVM of its own, for what a process can see or suffer only once: other libraries, another environment, a broken device. */
final class ChildJvm {
    /** No measure of anything: only so that a broken test ends. */
    private static final long LIMIT_SECONDS = 120;

    private final Path directory;
    private final List<String> options = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();

    /** @param directory where its output goes, and what JavaCPP unpacks */
    ChildJvm(Path directory) {
        this.directory = directory;
        // A driver that the machine has is none of the test's business.
        environment.put("LD_LIBRARY_PATH", "");
        options.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"));
        // Newer JVMs warn on standard error of what loads native libraries unasked; older ones do not know the option.
        options.addAll(List.of("-XX:+IgnoreUnrecognizedVMOptions", "--enable-native-access=ALL-UNNAMED"));
        options.add("-Dorg.bytedeco.javacpp.cachedir=" + cache());
    }

    /** Where JavaCPP unpacks its libraries. */
    Path cache() {
        return directory.resolve("javacpp");
    }

    /** Where the libraries are. */
    ChildJvm libraries(Path path) {
        options.add("-Dorg.bytedeco.javacpp.platform.linkpath=" + path);
        return this;
    }

    ChildJvm with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    record Run(int exitCode, String output) {}

    /** Runs a program to its end. */
    Run run(Class<?> main, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        Path output = directory.resolve("output.txt");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS))
                    .as("ends in time")
                    .isTrue();
            return new Run(process.exitValue(), Files.readString(output));
        } finally {
            process.destroyForcibly();
            deleteLinks();
        }
    }

    /** JavaCPP leaves links to what it loaded, and JUnit warns of those that lead out of the test's directory. */
    private void deleteLinks() throws IOException {
        if (Files.exists(cache())) {
            try (Stream<Path> files = Files.walk(cache())) {
                for (Path link : files.filter(Files::isSymbolicLink).toList()) {
                    Files.delete(link);
                }
            }
        }
    }
}
