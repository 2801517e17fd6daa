package io.coxswain.worker.gpucheck;

import io.coxswain.worker.device.cuda.CudaDeviceConfig;
import io.coxswain.worker.device.cuda.CudaDeviceConfig.StandIn;
import io.coxswain.worker.device.cuda.CudaLibraryPath;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Checks the GPUs of this machine; its exit codes are in its help. */
@Command(
        name = "gpu-check.sh",
        description = "Checks whether this machine's GPUs do what a worker needs, and prints a line for each check.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:all checks are ok, or skipped for lack of a second GPU",
            "1:a check failed",
            "2:flags refused",
            "8:no GPU that a worker can use; the first line says why"
        })
public final class GpuCheckMain implements Callable<Integer> {

    @Option(names = "--device", paramLabel = "N", description = "The GPU for the checks of a single one, 0 to 1023.")
    private int device;

    @Option(names = "--ranks", paramLabel = "N", description = "GPUs in the all-gather, 0 to 1024; 0 is all there are.")
    private int ranks;

    @Option(names = "--mebibytes", paramLabel = "N", description = "Size of copies and gathers, 1 to 1024.")
    private int mebibytes = 256;

    @Option(names = "--matrix", paramLabel = "N", description = "Rows and columns of the timed product, 16 to 32768.")
    private int matrix = 4096;

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "The longest a gather may wait, 1 to 3600.")
    private int timeout = 60;

    @Option(
            names = "--cuda-libraries",
            paramLabel = "DIR",
            defaultValue = "${env:COXSWAIN_CUDA_LIBRARIES}",
            description = "Where to look first for CUDA's libraries and NCCL.")
    private @Nullable Path cudaLibraries;

    @Option(names = "--allow-stand-in", description = "Take the tests' stand-in for a GPU; its figures mean nothing.")
    private boolean allowStandIn;

    @Spec
    private @Nullable CommandSpec spec;

    /** Runs the checks and exits with their code. */
    public static void main(String[] arguments) {
        // JavaCPP otherwise prints to the console that presets of different releases are mixed, which works.
        System.setProperty("org.bytedeco.javacpp.logger", "slf4j");
        System.exit(new CommandLine(new GpuCheckMain()).execute(arguments));
    }

    @Override
    public Integer call() {
        if (cudaLibraries != null) {
            CudaLibraryPath.use(cudaLibraries);
        }
        return new GpuCheck(checkedConfig(), System.out).run();
    }

    private GpuCheckConfig checkedConfig() {
        requireBetween("--device", device, 0, 1023);
        requireBetween("--ranks", ranks, 0, 1024);
        requireBetween("--mebibytes", mebibytes, 1, 1024);
        requireBetween("--matrix", matrix, 16, 32_768);
        requireBetween("--timeout", timeout, 1, 3600);
        CudaDeviceConfig cuda = CudaDeviceConfig.DEFAULT
                .withOrdinal(device)
                .withStandIn(allowStandIn ? StandIn.ALLOWED : StandIn.REFUSED);
        return new GpuCheckConfig(cuda, ranks, mebibytes << 20, matrix, Duration.ofSeconds(timeout));
    }

    private void requireBetween(String option, int value, int least, int most) {
        if (value < least || value > most) {
            String text = option + " is " + value + "; allowed is " + least + " to " + most;
            throw new ParameterException(Objects.requireNonNull(spec).commandLine(), text);
        }
    }
}
