package io.coxswain.worker.standin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.cuda.global.cublas.cublasLtGetVersion;
import static org.bytedeco.cuda.global.cudart.*;
import static org.bytedeco.cuda.global.nccl.*;

import org.bytedeco.cuda.cudart.cudaDeviceProp;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;

@RequiresStandIn
class StandInBasicsTest {
    @Test
    void shouldHaveTheVersionsThatTheBindingsWereMadeFor() {
        int[] version = new int[1];

        assertThat(cudaRuntimeGetVersion(version)).isZero();
        assertThat(version[0]).isEqualTo(CUDART_VERSION);
        assertThat(ncclGetVersion(version)).isZero();
        assertThat(version[0]).isEqualTo(NCCL_VERSION_CODE);
        assertThat(cublasLtGetVersion()).isEqualTo(org.bytedeco.cuda.global.cublas.CUBLAS_VERSION);
    }

    @Test
    void shouldSayWhatItIs() {
        cudaDeviceProp properties = new cudaDeviceProp();
        assertThat(cudaGetDeviceProperties(properties, 3)).isZero();

        assertThat(properties.name().getString()).isEqualTo("Coxswain stand-in GPU 3 (host memory)");
        assertThat(properties.major()).isEqualTo(9);
        assertThat(properties.multiProcessorCount()).isEqualTo(1);
        assertThat(properties.totalGlobalMem()).isPositive();
        assertThat(properties.warpSize()).isEqualTo(32);
        assertThat(properties.maxThreadsPerBlock()).isEqualTo(1024);
    }

    @Test
    void shouldFillFreshMemoryWithNaN() {
        FloatPointer device = new FloatPointer((Pointer) null);
        assertThat(cudaMalloc(device, 16)).isZero();
        FloatPointer host = new FloatPointer(4);

        assertThat(cudaMemcpy(host, device, 16, cudaMemcpyDeviceToHost)).isZero();

        assertThat(host.get(3)).isNaN();
        assertThat(cudaFree(device)).isZero();
    }
}
