package io.coxswain.worker.gpucheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.coxswain.worker.standin.RequiresStandIn;
import io.coxswain.worker.standin.StandIn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The check as a user runs it. */
class GpuCheckScriptIT {
    /** Maven runs the tests in the module's folder. */
    private static final Path SCRIPT = Path.of("../scripts/gpu-check.sh").toAbsolutePath();

    private static final List<String> SMALL = List.of("--mebibytes=1", "--matrix=64", "--ranks=2");

    /** No measure of anything: only so that a broken test ends. */
    private static final long LIMIT_SECONDS = 120;

    @TempDir
    Path directory;

    private record Run(int exitCode, String output) {}

    @Test
    void shouldEndWithACodeOfItsOwnOnAMachineWithoutCuda() throws Exception {
        assumeFalse(Files.exists(Path.of("/proc/driver/nvidia")), "this machine has a driver");

        Run run = run("", List.of());

        assertThat(run.output().strip())
                .isEqualTo("no GPU that a worker can use: no CUDA driver: libcuda.so.1 was not found");
        assertThat(run.exitCode()).isEqualTo(8);
    }

    @Test
    @RequiresStandIn
    void shouldPassOnTheStandInWhereThatIsAllowed() throws Exception {
        String options = String.join(" ", StandIn.jvmOptions());

        Run refused = run(options, SMALL);
        assertThat(refused.output()).contains("stand-in for tests");
        assertThat(refused.exitCode()).isEqualTo(8);

        Run allowed = run(options + " -Xmx256m", with(SMALL, "--allow-stand-in"));
        assertThat(allowed.output()).contains("ok       all-gather of 2").doesNotContain("FAILED");
        assertThat(allowed.exitCode()).as(allowed.output()).isZero();
    }

    @Test
    @RequiresStandIn
    void shouldLookForTheLibrariesWhereItIsTold() throws Exception {
        String ownCache =
                "-Dorg.bytedeco.javacpp.cachedir=" + StandIn.directory().resolve("javacpp");

        Run run = run(ownCache, with(SMALL, "--cuda-libraries=" + StandIn.directory()));

        assertThat(run.output()).as("it has found them").contains("stand-in for tests");
        assertThat(run.exitCode()).isEqualTo(8);
    }

    @Test
    @RequiresStandIn
    void shouldFailWithoutNcclAndCheckTheRest() throws Exception {
        Path libraries = Files.createDirectory(directory.resolve("libraries"));
        for (String name : List.of("libcuda.so.1", "libcudart.so.13", "libcublas.so.13", "libcublasLt.so.13")) {
            Files.copy(StandIn.directory().resolve(name), libraries.resolve(name));
        }
        String options = "-Dorg.bytedeco.javacpp.platform.linkpath=" + libraries + " -Dorg.bytedeco.javacpp.cachedir="
                + directory.resolve("javacpp");

        Run run = run(options, with(SMALL, "--allow-stand-in"));

        assertThat(run.output())
                .contains("ok       graph")
                .containsPattern("FAILED +NCCL +NCCL was not found: libnccl.so.2")
                .containsPattern("skipped +all-gather of 1 +no NCCL");
        assertThat(run.exitCode()).isEqualTo(1);
    }

    private static List<String> with(List<String> flags, String flag) {
        return Stream.concat(flags.stream(), Stream.of(flag)).toList();
    }

    private Run run(String jvmOptions, List<String> flags) throws IOException, InterruptedException {
        Path output = directory.resolve("output.txt");
        ProcessBuilder builder = new ProcessBuilder(SCRIPT.toString());
        builder.command().addAll(flags);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("COXSWAIN_JAVA_OPTS", jvmOptions);
        builder.environment().put("LD_LIBRARY_PATH", "");
        Process process = builder.redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS))
                    .as("ends in time")
                    .isTrue();
            return new Run(process.exitValue(), Files.readString(output));
        } finally {
            process.destroyForcibly();
        }
    }
}
