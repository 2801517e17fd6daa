package io.coxswain.worker.device.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bytedeco.cuda.global.cudart.cudaPeekAtLastError;
import static org.bytedeco.cuda.global.cudart.cudaStreamSynchronize;
import static org.bytedeco.cuda.global.cudart.cudaSuccess;

import io.coxswain.worker.device.DeviceException;
import io.coxswain.worker.device.DeviceGraph;
import io.coxswain.worker.device.DeviceMatrix;
import io.coxswain.worker.device.DeviceView;
import io.coxswain.worker.device.GemmOptions;
import io.coxswain.worker.standin.RequiresStandIn;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RequiresStandIn
class CudaGraphTest {
    private CudaDevice device;
    private DeviceMatrix a;
    private DeviceMatrix b;
    private DeviceMatrix c;

    @BeforeEach
    void open() {
        device = CudaDevice.open(TestDevices.CONFIG);
        a = DeviceMatrix.at(device.allocate(8), 1, 2);
        b = DeviceMatrix.at(device.allocate(16), 2, 2);
        c = DeviceMatrix.at(device.allocate(8), 1, 2);
        device.upload(new float[] {1, -2, 3, 4}, 0, b.data());
    }

    @AfterEach
    void close() {
        device.close();
    }

    private void multiply() {
        device.zero(c.data());
        device.gemm(a, b, c, GemmOptions.PRODUCT_RELU);
    }

    private float[] result() {
        float[] values = new float[2];
        device.download(c.data(), values, 0);
        return values;
    }

    @Test
    void shouldReplayWhatItRecordedOnWhatIsThereThen() {
        device.upload(new float[] {5, 6}, 0, c.data());
        try (DeviceGraph graph = device.capture(this::multiply)) {
            assertThat(result()).as("recording runs nothing").containsExactly(5, 6);
            device.upload(new float[] {1, 1}, 0, a.data());
            graph.replay();
            assertThat(result()).containsExactly(4, 2);
            device.upload(new float[] {2, 0}, 0, a.data());
            graph.replay();
            assertThat(result()).containsExactly(2, 0);
        }
    }

    @Test
    void shouldRefuseWhatCannotBeRecordedAndGoOn() {
        DeviceView view = a.data();
        Map<String, Runnable> calls = Map.of(
                "allocate", () -> device.allocate(4),
                "closing a buffer", () -> view.buffer().close(),
                "upload", () -> device.upload(ByteBuffer.allocate(8), view),
                "download", () -> device.download(view, new float[2], 0),
                "synchronize", device::synchronize,
                "isIdle", device::isIdle,
                "capture", () -> device.capture(() -> {}),
                "close", device::close);

        calls.forEach((name, call) -> {
            assertThatThrownBy(() -> device.capture(call))
                    .isInstanceOf(DeviceException.class)
                    .hasMessage(name + " is refused while operations are recorded into a graph");
            assertThatThrownBy(() -> device.capture(() -> swallow(call)))
                    .as("%s, whose refusal is swallowed", name)
                    .isInstanceOf(DeviceException.class);
        });

        assertStillWorks();
    }

    private static void swallow(Runnable call) {
        try {
            call.run();
        } catch (DeviceException expected) {
            assertThat(expected).hasMessageContaining("refused");
        }
    }

    @Test
    void shouldRefuseToReplayIntoARecording() {
        try (DeviceGraph graph = device.capture(this::multiply)) {
            assertThatThrownBy(() -> device.capture(graph::replay)).hasMessageStartingWith("replay is refused");
        }
    }

    @Test
    void shouldGoOnAfterAnExceptionOfTheOperations() {
        IllegalStateException failure = new IllegalStateException("the model failed");

        assertThatThrownBy(() -> device.capture(() -> {
                    multiply();
                    throw failure;
                }))
                .isSameAs(failure)
                .hasNoSuppressedExceptions();

        assertStillWorks();
    }

    @Test
    void shouldGoOnAfterARecordingThatCudaEnded() {
        assertThatThrownBy(() -> device.capture(() -> {
                    multiply();
                    assertThat(cudaStreamSynchronize(device.stream())).isNotEqualTo(cudaSuccess);
                }))
                .isInstanceOfSatisfying(
                        CudaException.class, e -> assertThat(e.call()).isEqualTo("cudaStreamEndCapture"));

        assertStillWorks();
    }

    @Test
    void shouldRecordNothing() {
        try (DeviceGraph graph = device.capture(() -> {})) {
            graph.replay();
            device.synchronize();
        }
        assertStillWorks();
    }

    @Test
    void shouldEndItsGraphsWithTheDevice() {
        DeviceGraph closed = device.capture(this::multiply);
        closed.close();
        closed.close();
        DeviceGraph left = device.capture(this::multiply);

        assertThatThrownBy(closed::replay)
                .isInstanceOf(DeviceException.class)
                .hasMessage("a cuda graph is used after its end");
        device.close();
        assertThatThrownBy(left::replay).isInstanceOf(DeviceException.class);
        left.close();
    }

    private void assertStillWorks() {
        assertThat(cudaPeekAtLastError()).isEqualTo(cudaSuccess);
        try (DeviceGraph graph = device.capture(this::multiply)) {
            device.upload(new float[] {1, 1}, 0, a.data());
            graph.replay();
            assertThat(result()).containsExactly(4, 2);
        }
    }
}
