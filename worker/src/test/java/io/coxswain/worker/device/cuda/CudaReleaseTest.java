package io.coxswain.worker.device.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.worker.device.DeviceMatrix;
import io.coxswain.worker.device.GemmOptions;
import io.coxswain.worker.standin.RequiresStandIn;
import io.coxswain.worker.standin.StandIn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RequiresStandIn
class CudaReleaseTest {
    private static final int ROUNDS = 100;
    private static final long PAGE_BYTES = 4096;
    /** The JVM's own: a compiler thread more, a page touched. */
    private static final long SLACK_BYTES = 64L << 20;

    @Test
    void shouldKeepNothingOfADeviceThatIsClosed() throws Exception {
        round();
        long deviceBytes = TestDevices.usedBytes();
        long residentBytes = residentBytes();
        long files = entries("/proc/self/fd");
        long threads = entries("/proc/self/task");

        for (int i = 0; i < ROUNDS; i++) {
            round();
        }

        assertThat(TestDevices.usedBytes()).isEqualTo(deviceBytes);
        assertThat(entries("/proc/self/fd")).isLessThanOrEqualTo(files + 2);
        assertThat(entries("/proc/self/task")).isLessThanOrEqualTo(threads + 4);
        // A round has 8 MiB of pinned memory, which would be 800 in the end.
        assertThat(residentBytes()).isLessThan(residentBytes + SLACK_BYTES);
    }

    /** Leaves to the device what it has: buffers, a graph, the plans of its products. */
    private static void round() {
        try (CudaDevice device = CudaDevice.open(TestDevices.CONFIG.withStagingBytes(8 << 20))) {
            DeviceMatrix matrix = DeviceMatrix.at(device.allocate(1 << 16), 128, 128);
            DeviceMatrix product = DeviceMatrix.at(device.allocate(1 << 16), 128, 128);
            device.upload(new float[128 * 128], 0, matrix.data());
            device.capture(() -> device.gemm(matrix, matrix, product, GemmOptions.PRODUCT))
                    .replay();
        }
    }

    @Test
    void shouldKeepNothingWhenItCannotBeOpened(@TempDir Path directory) throws Exception {
        ChildJvm child = new ChildJvm(directory).libraries(StandIn.directory()).with("COXSWAIN_STANDIN_MEMORY_MB", "8");

        assertThat(child.run(GreedyDeviceMain.class).output().lines())
                .containsExactly(
                        "cudaMalloc(16777216 bytes) on device 1: cudaErrorMemoryAllocation (2): out of memory",
                        "0 suppressed",
                        "0 bytes kept");
    }

    @Test
    void shouldReleaseTheLatestFirstAndAllOfIt() {
        List<String> released = new ArrayList<>();
        RuntimeException first = new IllegalStateException("first");
        RuntimeException second = new IllegalStateException("second");
        Releases releases = new Releases();
        releases.add(() -> released.add("stream"));
        releases.add(() -> {
            throw second;
        });
        releases.add(() -> released.add("buffer"));
        releases.add(() -> {
            throw first;
        });

        assertThatThrownBy(releases::releaseAll)
                .isSameAs(first)
                .satisfies(e -> assertThat(e.getSuppressed()).containsExactly(second));
        releases.releaseAll();

        assertThat(released).containsExactly("buffer", "stream");
    }

    @Test
    void shouldSayTheSameOfEveryCallOnceTheDeviceIsBroken(@TempDir Path directory) throws Exception {
        ChildJvm child = new ChildJvm(directory).libraries(StandIn.directory());
        List<String> lines = child.run(BrokenDeviceMain.class)
                .output()
                .lines()
                .filter(line -> !line.startsWith("stand-in:"))
                .toList();

        String broken = "cudaErrorIllegalAddress (700): an illegal memory access was encountered";
        assertThat(lines).hasSize(7);
        assertThat(lines.subList(0, 5)).allMatch(line -> line.endsWith(" on device 1: " + broken));
        assertThat(lines.subList(5, 7)).containsExactly("fine", "the cuda device is used after its end");
    }

    private static long residentBytes() throws IOException {
        System.gc();
        try (Scanner pages = new Scanner(Path.of("/proc/self/statm"), StandardCharsets.US_ASCII)) {
            pages.nextLong();
            return pages.nextLong() * PAGE_BYTES;
        }
    }

    private static long entries(String directory) throws IOException {
        try (Stream<Path> entries = Files.list(Path.of(directory))) {
            return entries.count();
        }
    }
}
