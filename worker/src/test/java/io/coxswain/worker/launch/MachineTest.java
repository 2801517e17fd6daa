package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {
    @TempDir
    private Path devices;

    private void haveGpus(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            Files.createFile(devices.resolve("nvidia" + i));
        }
        Files.createFile(devices.resolve("nvidiactl"));
        Files.createFile(devices.resolve("nvidia-uvm"));
    }

    @Test
    void shouldCountTheGpusOfTheDriver() throws IOException {
        haveGpus(3);

        assertThat(Machine.gpus(devices, Map.of())).containsExactly("0", "1", "2");
        assertThat(Machine.gpus(devices.resolve("missing"), Map.of())).isEmpty();
    }

    @Test
    void shouldSeeOnlyTheGpusThatAreVisible() throws IOException {
        haveGpus(3);

        assertThat(Machine.gpus(devices, Map.of("CUDA_VISIBLE_DEVICES", "2, GPU-7d,-1,0")))
                .containsExactly("2", "GPU-7d");
        assertThat(Machine.gpus(devices, Map.of("CUDA_VISIBLE_DEVICES", ""))).isEmpty();
    }

    @Test
    void shouldNotBelieveInGpusWithoutADriver() {
        assertThat(Machine.gpus(devices, Map.of("CUDA_VISIBLE_DEVICES", "0,1"))).isEmpty();
    }

    @Test
    void shouldHaveAWorkerForEachGpuOrElseForEachProcessor() {
        assertThat(new Machine(16, List.of("0", "1")).workers("auto")).isEqualTo(2);
        assertThat(new Machine(16, List.of("0", "1")).workers("gpu")).isEqualTo(2);
        assertThat(new Machine(16, List.of()).workers("auto")).isEqualTo(16);
        assertThat(new Machine(16, List.of()).workers("3")).isEqualTo(3);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Machine(16, List.of()).workers("gpu"))
                .withMessageContaining("--nproc-per-node: 'gpu' is refused")
                .withMessageContaining("no GPU");
    }
}
