package io.coxswain.worker.device.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bytedeco.cuda.global.cudart.cudaGetDevice;
import static org.bytedeco.cuda.global.cudart.cudaPeekAtLastError;
import static org.bytedeco.cuda.global.cudart.cudaSuccess;

import io.coxswain.worker.device.Device;
import io.coxswain.worker.device.DeviceBuffer;
import io.coxswain.worker.device.DeviceContract;
import io.coxswain.worker.device.DeviceException;
import io.coxswain.worker.device.DeviceView;
import io.coxswain.worker.device.cpu.CpuDevice;
import io.coxswain.worker.device.cpu.CpuDeviceConfig;
import io.coxswain.worker.standin.RequiresStandIn;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

@RequiresStandIn
class CudaDeviceTest extends DeviceContract {
    @Override
    protected Device open() {
        return CudaDevice.open(TestDevices.CONFIG);
    }

    private CudaDevice cuda() {
        return (CudaDevice) device();
    }

    @Test
    void shouldCopyMoreThanItsPinnedMemoryHolds() {
        float[] source = new float[100_003];
        for (int i = 0; i < source.length; i++) {
            source[i] = i;
        }
        DeviceView view = cuda().allocate(4L * source.length).view(0, 4L * source.length);
        cuda().upload(source, 0, view);
        float[] target = new float[source.length];
        cuda().download(view, target, 0);

        assertThat(target).isEqualTo(source);
    }

    @Test
    void shouldCopyBuffersOfAnyKindAndSizeWhole() {
        ByteBuffer source = ByteBuffer.allocateDirect(50_001);
        for (int i = 0; i < source.capacity(); i++) {
            source.put(i, (byte) (i * 31));
        }
        DeviceView view = cuda().allocate(source.capacity()).view(0, source.capacity());
        cuda().upload(source, view);
        ByteBuffer target = ByteBuffer.allocate(source.capacity());
        cuda().download(view, target);

        assertThat(source.remaining()).isZero();
        assertThat(target.flip()).isEqualTo(source.flip());
    }

    @Test
    void shouldTakeTheSourceAsItIsWhenTheUploadIsCalled() {
        float[] source = {1, 2};
        DeviceView view = cuda().allocate(8).view(0, 8);
        try (var busy = new TestDevices.Blockade(cuda())) {
            cuda().upload(source, 0, view);
            source[0] = 7;
        }
        float[] target = new float[2];
        cuda().download(view, target, 0);

        assertThat(target).containsExactly(1, 2);
    }

    @Test
    void shouldBeIdleWhenEverythingIsDone() {
        try (var busy = new TestDevices.Blockade(cuda())) {
            assertThat(cuda().isIdle()).isFalse();
            assertThat(cudaPeekAtLastError()).isEqualTo(cudaSuccess);
        }
        cuda().synchronize();

        assertThat(cuda().isIdle()).isTrue();
    }

    @Test
    void shouldBeCurrentInEveryThreadThatAsks() throws Exception {
        assertThat(cuda().ordinal()).isEqualTo(TestDevices.ORDINAL);
        assertThat(currentDevice()).isEqualTo(TestDevices.ORDINAL);
        int elsewhere = CompletableFuture.supplyAsync(() -> {
                    cuda().makeCurrent();
                    return currentDevice();
                })
                .get(1, TimeUnit.MINUTES);
        assertThat(elsewhere).isEqualTo(TestDevices.ORDINAL);
    }

    private static int currentDevice() {
        int[] current = new int[1];
        assertThat(cudaGetDevice(current)).isEqualTo(cudaSuccess);
        return current[0];
    }

    @Test
    void shouldNameTheCallAndTheBytesThatItHasNoMemoryFor() {
        assertThatThrownBy(() -> cuda().allocate(1L << 40))
                .isInstanceOfSatisfying(CudaException.class, e -> {
                    assertThat(e.call()).isEqualTo("cudaMalloc");
                    assertThat(e.status()).isEqualTo(2);
                    assertThat(e.statusName()).isEqualTo("cudaErrorMemoryAllocation");
                })
                .hasMessage(
                        "cudaMalloc(1099511627776 bytes) on device 1: cudaErrorMemoryAllocation (2): out of memory");
        assertThat(cudaPeekAtLastError()).isEqualTo(cudaSuccess);
        assertThat(cuda().allocate(8).byteSize()).isEqualTo(8);
    }

    @Test
    void shouldRefuseBuffersOfAnotherDevice() {
        try (CpuDevice other = CpuDevice.open(CpuDeviceConfig.DEFAULT)) {
            DeviceBuffer foreign = other.allocate(8);

            assertThatThrownBy(() -> cuda().zero(foreign.view(0, 8)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("another device");
        }
    }

    @Test
    void shouldRefuseEverythingAfterItsEnd() {
        DeviceView view = cuda().allocate(8).view(0, 8);
        cuda().close();

        for (Runnable call : new Runnable[] {
            cuda()::stream,
            cuda()::isIdle,
            cuda()::synchronize,
            () -> cuda().pointer(view),
            () -> cuda().upload(new float[2], 0, view),
            () -> cuda().download(view, new float[2], 0),
            () -> cuda().capture(() -> {})
        }) {
            assertThatThrownBy(call::run)
                    .isInstanceOf(DeviceException.class)
                    .hasMessage("the cuda device is used after its end");
        }
    }

    @Test
    void shouldRefuseToOpenADeviceThatIsNotThere() {
        assertThatThrownBy(() -> CudaDevice.open(TestDevices.CONFIG.withOrdinal(99)))
                .isInstanceOf(CudaUnavailableException.class)
                .hasMessageStartingWith("device ordinal 99 of ");
    }
}
