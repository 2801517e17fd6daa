package io.coxswain.worker.gpucheck;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.worker.device.cuda.CudaDeviceConfig;
import io.coxswain.worker.device.cuda.CudaDeviceConfig.StandIn;
import io.coxswain.worker.standin.RequiresStandIn;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

@RequiresStandIn
class GpuCheckTest {
    private static final GpuCheckConfig SMALL = new GpuCheckConfig(
            CudaDeviceConfig.DEFAULT.withOrdinal(1).withWorkspaceBytes(1 << 20).withStandIn(StandIn.ALLOWED),
            3,
            1 << 16,
            32,
            Duration.ofMinutes(1));

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    @Test
    void shouldFindEverythingAsItShouldBe() {
        int exitCode = new GpuCheck(SMALL, out).run();

        assertThat(output().lines()
                        .map(line ->
                                line.substring(0, Math.min(27, line.length())).strip()))
                .containsExactly(
                        "ok       libraries",
                        "ok       device",
                        "ok       allocation",
                        "ok       copy",
                        "ok       product fp32",
                        "ok       product bf16",
                        "ok       relu",
                        "ok       graph",
                        "ok       NCCL",
                        "ok       all-gather of 1",
                        "ok       all-gather of 3");
        assertThat(exitCode).as(output()).isZero();
    }

    @Test
    void shouldFailWhereGpusAreMissing() {
        GpuCheckConfig many = new GpuCheckConfig(SMALL.device(), 1000, 1 << 16, 32, Duration.ofMinutes(1));

        assertThat(new GpuCheck(many, out).run()).isEqualTo(1);
        assertThat(output()).containsPattern("FAILED +all-gather of 1000 +there are only [0-9]+ GPUs");
    }

    @Test
    void shouldSkipTheGatherOfManyWhereOneIsWanted() {
        GpuCheckConfig one = new GpuCheckConfig(SMALL.device(), 1, 1 << 16, 32, Duration.ofMinutes(1));

        assertThat(new GpuCheck(one, out).run()).isZero();
        assertThat(output()).containsPattern("skipped +all-gather of n +one GPU only");
    }

    @Test
    void shouldSayInTheFirstLineThatThereIsNoGpu() {
        GpuCheckConfig real = new GpuCheckConfig(CudaDeviceConfig.DEFAULT, 0, 1 << 16, 32, Duration.ofMinutes(1));

        assertThat(new GpuCheck(real, out).run()).isEqualTo(8);
        assertThat(output())
                .startsWith("no GPU that a worker can use: the device is a stand-in for tests")
                .hasLineCount(1);
    }

    @Test
    void shouldNameWhatFailedAndGoOn() {
        Verdicts verdicts = new Verdicts(out);

        verdicts.check("copy", () -> {
            throw new CheckFailedException("what was copied there and back is not the same");
        });
        verdicts.check("graph", () -> "fast");

        assertThat(output().lines())
                .containsExactly(
                        "FAILED   copy               what was copied there and back is not the same",
                        "ok       graph              fast");
        assertThat(verdicts.anyFailed()).isTrue();
    }

    @Test
    void shouldRefuseFlagsOutOfRangeByTheirName() {
        StringWriter errors = new StringWriter();
        CommandLine command = new CommandLine(new GpuCheckMain()).setErr(new PrintWriter(errors));

        assertThat(command.execute("--matrix", "1")).isEqualTo(2);
        assertThat(errors.toString()).contains("--matrix is 1; allowed is 16 to 32768");
    }

    private String output() {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
