package io.coxswain.worker.device.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.coxswain.worker.device.cuda.CudaFinding.Unusable;
import io.coxswain.worker.device.cuda.CudaFinding.Usable;
import io.coxswain.worker.standin.RequiresStandIn;
import io.coxswain.worker.standin.StandIn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RequiresStandIn
class CudaProbeTest {
    private static final String ALLOWED = "ALLOWED";

    @TempDir
    Path directory;

    @Test
    void shouldSayWhatThereIsAsData() {
        CudaFinding finding = CudaProbe.worker(TestDevices.CONFIG);

        assertThat(finding).isInstanceOfSatisfying(Usable.class, usable -> {
            assertThat(usable.device().ordinal()).isEqualTo(TestDevices.ORDINAL);
            assertThat(usable.device().isStandIn()).isTrue();
            assertThat(usable.device().memoryBytes()).isPositive();
            assertThat(usable.devices()).isGreaterThan(TestDevices.ORDINAL);
            assertThat(usable.versions().runtime()).isBetween(13_000, 13_999);
            assertThat(usable.versions().nccl()).isEqualTo(23_007);
        });
        assertThat(finding.line())
                .startsWith("CUDA device 1 of ")
                .contains("Coxswain stand-in")
                .contains("compute capability 9.0")
                .contains("runtime 13.3, cuBLASLt 13.")
                .endsWith("NCCL 2.30.7");
    }

    @Test
    void shouldNotLookForNcclWhereADeviceIsEnough() {
        assertThat(CudaProbe.device(TestDevices.CONFIG))
                .isInstanceOfSatisfying(
                        Usable.class,
                        usable -> assertThat(usable.versions().nccl()).isZero());
    }

    @Test
    void shouldRefuseTheStandInUnlessItIsAllowed() {
        CudaFinding finding = CudaProbe.worker(CudaDeviceConfig.DEFAULT);

        assertThat(finding).isInstanceOf(Unusable.class);
        assertThat(finding.line()).startsWith("the device is a stand-in for tests: Coxswain stand-in");
    }

    @Test
    void shouldFindNoDriverWithoutUnpackingTheBindings() throws Exception {
        assumeFalse(Files.exists(Path.of("/proc/driver/nvidia")), "this machine has a driver");
        ChildJvm child = new ChildJvm(directory).libraries(directory);

        assertThat(line(child)).isEqualTo("no CUDA driver: libcuda.so.1 was not found");
        assertThat(unpacked(child)).anyMatch("libjnijavacpp.so"::equals).noneMatch("libjnicudart.so"::equals);
    }

    @Test
    void shouldFindNoDevice() throws Exception {
        assertThat(line(standIn().with("COXSWAIN_STANDIN_DEVICES", "0")))
                .isEqualTo("no CUDA device: cudaErrorNoDevice (100): no CUDA-capable device is detected");
    }

    @Test
    void shouldFindNoDeviceOfThatOrdinal() throws Exception {
        ChildJvm child = standIn().with("COXSWAIN_STANDIN_DEVICES", "4");

        assertThat(line(child, "5", ALLOWED)).isEqualTo("device ordinal 5 of 4: allowed are 0 to 3");
    }

    @Test
    void shouldFindTheDriverTooOld() throws Exception {
        assertThat(line(standIn().with("COXSWAIN_STANDIN_DRIVER_VERSION", "12040")))
                .isEqualTo("the CUDA driver supports CUDA 12.4 at most, and 13.x is needed");
    }

    @Test
    void shouldFindNcclTooOld() throws Exception {
        assertThat(line(standIn().with("COXSWAIN_STANDIN_NCCL_VERSION", "21803")))
                .startsWith("NCCL 2.18.3 is too old")
                .contains("2.30");
    }

    @Test
    void shouldFindNoNccl() throws Exception {
        assertThat(line(without("libnccl.so.2")))
                .startsWith("NCCL was not found: libnccl.so.2: cannot open shared object file")
                .endsWith("scripts/fetch-nccl.sh downloads it");
    }

    @Test
    void shouldFindNoRuntime() throws Exception {
        assertThat(line(without("libcudart.so.13"))).startsWith("no CUDA runtime: libcudart.so.13: cannot open");
    }

    @Test
    void shouldFindNoCublas() throws Exception {
        assertThat(line(without("libcublas.so.13", "libcublasLt.so.13")))
                .startsWith("cuBLASLt was not found: libcublas");
    }

    @Test
    void shouldFindADriverThatIsNone() throws Exception {
        Files.writeString(directory.resolve("libcuda.so.1"), "no library");

        assertThat(line(new ChildJvm(directory).libraries(directory)))
                .startsWith("no CUDA driver: ")
                .contains("libcuda.so.1: ");
    }

    @Test
    void shouldLiftTheLimitThatJavaCppPutsOnTheMemoryOfTheProcess() throws Exception {
        assertThat(lines(standIn(), "0", ALLOWED)).hasSize(2).endsWith("0");
    }

    private ChildJvm standIn() {
        return new ChildJvm(directory).libraries(StandIn.directory());
    }

    private ChildJvm without(String... names) throws IOException {
        Path some = Files.createDirectory(directory.resolve("libraries"));
        try (Stream<Path> all = Files.list(StandIn.directory())) {
            for (Path library :
                    all.filter(path -> path.toString().contains(".so.")).toList()) {
                if (!List.of(names).contains(library.getFileName().toString())) {
                    Files.copy(library, some.resolve(library.getFileName()));
                }
            }
        }
        return new ChildJvm(directory).libraries(some);
    }

    private static String line(ChildJvm child) throws Exception {
        return line(child, "0", ALLOWED);
    }

    private static String line(ChildJvm child, String ordinal, String standIn) throws Exception {
        return lines(child, ordinal, standIn).get(0);
    }

    private static List<String> lines(ChildJvm child, String ordinal, String standIn) throws Exception {
        ChildJvm.Run run = child.run(ProbeMain.class, ordinal, standIn);
        assertThat(run.exitCode()).as(run.output()).isZero();
        return run.output().lines().toList();
    }

    private static List<String> unpacked(ChildJvm child) throws IOException {
        try (Stream<Path> files = Files.walk(child.cache())) {
            return files.map(path -> path.getFileName().toString()).toList();
        }
    }
}
