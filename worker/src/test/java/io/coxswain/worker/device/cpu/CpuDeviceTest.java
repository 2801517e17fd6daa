package io.coxswain.worker.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.worker.device.Device;
import io.coxswain.worker.device.DeviceContract;
import io.coxswain.worker.device.DeviceException;
import io.coxswain.worker.device.DeviceMatrix;
import io.coxswain.worker.device.ElementType;
import io.coxswain.worker.device.GemmOptions;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.junit.jupiter.api.Test;

class CpuDeviceTest extends DeviceContract {

    @Override
    protected Device open() {
        return CpuDevice.open(CpuDeviceConfig.DEFAULT);
    }

    @Test
    void shouldRefuseElementsThatItDoesNotKnow() {
        DeviceMatrix matrix = DeviceMatrix.at(device().allocate(2), 1, 1, ElementType.BFLOAT16);
        DeviceMatrix result = DeviceMatrix.at(device().allocate(4), 1, 1);

        assertThatThrownBy(() -> device().gemm(matrix, matrix, result, GemmOptions.PRODUCT))
                .isInstanceOf(DeviceException.class)
                .hasMessage("the cpu device multiplies FLOAT32 only, and was asked for BFLOAT16");
    }

    @Test
    void shouldRefuseMoreMemoryThanABufferCanHave() {
        assertThatThrownBy(() -> device().allocate(1L << 31)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldSetTheNumberOfBlasThreads() {
        assertThat(openblas_nolapack.blas_get_num_threads()).isEqualTo(1);
        assertThatThrownBy(() -> new CpuDeviceConfig(0))
                .hasMessageContaining("blasThreads is 0, allowed are 1 to 1024");
        assertThatThrownBy(() -> new CpuDeviceConfig(1025)).isInstanceOf(IllegalArgumentException.class);
    }
}
