package io.coxswain.worker.standin;

import static io.coxswain.worker.standin.Bindings.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.cuda.global.cudart.*;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@RequiresStandIn
class StandInStreamTest {
    private final List<Gate> gates = new ArrayList<>();

    @AfterEach
    void release() {
        gates.forEach(Gate::close);
        cudaGetLastError();
    }

    private Gate gate(CUstream_st held) {
        Gate gate = new Gate(held);
        gates.add(gate);
        return gate;
    }

    @Test
    void shouldDoTheWorkOfAStreamInOrderAndNotBeforeItsTime() {
        CUstream_st stream = stream();
        FloatPointer memory = deviceOf(1, 2, 3);
        Gate gate = gate(stream);
        cuda(cudaMemsetAsync(memory, 0, 12, stream));
        cuda(cudaMemsetAsync(memory, 0x40, 4, stream));

        assertThat(cudaStreamQuery(stream)).isEqualTo(cudaErrorNotReady);
        gate.open();
        cuda(cudaStreamSynchronize(stream));

        assertThat(read(memory, 3)).containsExactly(Float.intBitsToFloat(0x40404040), 0, 0);
        cuda(cudaStreamDestroy(stream));
        cuda(cudaFree(memory));
    }

    @Test
    void shouldKeepNotReadyAsTheLastErrorOfTheThreadThatAsked() throws Exception {
        CUstream_st stream = stream();
        Gate gate = gate(stream);
        cudaGetLastError();

        assertThat(cudaStreamQuery(stream)).isEqualTo(cudaErrorNotReady);
        assertThat(CompletableFuture.supplyAsync(() -> cudaGetLastError()).get())
                .isEqualTo(cudaSuccess);
        cuda(cudaGetDevice(new int[1]));
        assertThat(cudaPeekAtLastError()).isEqualTo(cudaErrorNotReady);
        assertThat(cudaGetLastError()).isEqualTo(cudaErrorNotReady);
        assertThat(cudaGetLastError()).isEqualTo(cudaSuccess);

        gate.open();
        cuda(cudaStreamSynchronize(stream));
        cuda(cudaStreamDestroy(stream));
    }

    @Test
    void shouldHaveACurrentDeviceInEachThread() throws Exception {
        cuda(cudaSetDevice(2));
        int[] own = new int[1];
        int[] other = new int[1];

        CompletableFuture.runAsync(() -> {
                    cuda(cudaSetDevice(5));
                    cuda(cudaGetDevice(other));
                })
                .get();
        cuda(cudaGetDevice(own));
        cuda(cudaSetDevice(0));

        assertThat(own[0]).isEqualTo(2);
        assertThat(other[0]).isEqualTo(5);
        assertThat(cudaSetDevice(99)).isEqualTo(cudaErrorInvalidDevice);
        cudaGetLastError();
    }

    @Test
    void shouldMakeAStreamWaitForAnEventOfAnother() {
        CUstream_st first = stream();
        CUstream_st second = stream();
        FloatPointer memory = deviceOf(7);
        CUevent_st event = event();
        Gate gate = gate(first);
        cuda(cudaMemsetAsync(memory, 0, 4, first));
        assertThat(cudaEventQuery(event)).as("never recorded").isEqualTo(cudaSuccess);
        cuda(cudaEventRecord(event, first));
        cuda(cudaStreamWaitEvent(second, event, 0));
        cuda(cudaMemsetAsync(memory, 0x40, 4, second));

        assertThat(cudaEventQuery(event)).isEqualTo(cudaErrorNotReady);
        cudaGetLastError();
        assertThat(idle(second)).isFalse();
        gate.open();
        cuda(cudaStreamSynchronize(second));

        assertThat(cudaEventQuery(event)).isEqualTo(cudaSuccess);
        assertThat(read(memory, 1)).containsExactly(Float.intBitsToFloat(0x40404040));
        cuda(cudaEventDestroy(event));
        cuda(cudaStreamDestroy(first));
        cuda(cudaStreamDestroy(second));
        cuda(cudaFree(memory));
    }

    @Test
    void shouldMeasureTheTimeBetweenEvents() {
        CUstream_st stream = stream();
        CUevent_st from = new CUevent_st();
        CUevent_st to = new CUevent_st();
        cuda(cudaEventCreate(from));
        cuda(cudaEventCreate(to));
        float[] milliseconds = new float[1];
        assertThat(cudaEventElapsedTime(milliseconds, from, to)).isEqualTo(cudaErrorInvalidResourceHandle);
        cudaGetLastError();

        cuda(cudaEventRecord(from, stream));
        cuda(cudaEventRecord(to, stream));
        cuda(cudaEventSynchronize(to));

        cuda(cudaEventElapsedTime(milliseconds, from, to));
        assertThat(milliseconds[0]).isNotNegative();
        cuda(cudaEventDestroy(from));
        cuda(cudaEventDestroy(to));
        cuda(cudaStreamDestroy(stream));
    }

    @Test
    void shouldWaitForBlockingStreamsOnTheDefaultStreamOnly() {
        CUstream_st blocking = new CUstream_st();
        cuda(cudaStreamCreate(blocking));
        CUstream_st free = stream();
        FloatPointer memory = deviceOf(1);
        Gate blockingGate = gate(blocking);
        Gate freeGate = gate(free);
        cuda(cudaMemset(memory, 0, 4));

        assertThat(idle(new CUstream_st())).isFalse();
        blockingGate.open();
        awaitIdle(new CUstream_st());

        assertThat(idle(free)).isFalse();
        freeGate.open();
        cuda(cudaStreamDestroy(blocking));
        cuda(cudaStreamDestroy(free));
        cuda(cudaFree(memory));
    }

    @Test
    void shouldReadPageableMemoryBeforeACopyReturns() {
        CUstream_st stream = stream();
        FloatPointer memory = deviceOf(1);
        FloatPointer host = new FloatPointer(1.5f);
        Gate gate = gate(stream);
        cuda(cudaMemcpyAsync(memory, host, 4, cudaMemcpyHostToDevice, stream));
        host.put(0, 2.5f);
        gate.open();
        cuda(cudaStreamSynchronize(stream));

        assertThat(read(memory, 1)).containsExactly(1.5f);
        assertThat(cudaMemcpy(host, memory, 4, cudaMemcpyHostToDevice)).isEqualTo(cudaErrorInvalidValue);
        cudaGetLastError();
        cuda(cudaStreamDestroy(stream));
        cuda(cudaFree(memory));
    }

    @Test
    void shouldRefuseHandlesThatAreNoMore() {
        CUstream_st stream = stream();
        CUevent_st event = event();
        cuda(cudaStreamDestroy(stream));
        cuda(cudaEventDestroy(event));

        assertThat(cudaStreamDestroy(stream)).isEqualTo(cudaErrorInvalidResourceHandle);
        assertThat(cudaStreamSynchronize(stream)).isEqualTo(cudaErrorInvalidResourceHandle);
        assertThat(cudaEventQuery(event)).isEqualTo(cudaErrorInvalidResourceHandle);
        cudaGetLastError();
    }

    @Test
    void shouldDoWhatIsOnAStreamThatIsDestroyed() {
        CUstream_st stream = stream();
        CUevent_st event = event();
        FloatPointer memory = deviceOf(3);
        Gate gate = gate(stream);
        cuda(cudaMemsetAsync(memory, 0, 4, stream));
        cuda(cudaEventRecord(event, stream));

        cuda(cudaStreamDestroy(stream));
        gate.open();
        cuda(cudaEventSynchronize(event));

        assertThat(read(memory, 1)).containsExactly(0);
        cuda(cudaEventDestroy(event));
        cuda(cudaFree(memory));
    }
}
