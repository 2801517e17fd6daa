package io.coxswain.worker.standin;

import static io.coxswain.worker.standin.Bindings.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.cuda.global.cudart.*;

import java.util.concurrent.CompletableFuture;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@RequiresStandIn
class StandInGraphTest {
    private final CUstream_st stream = stream();
    private final FloatPointer from = deviceOf(1, 2);
    private final FloatPointer to = deviceOf(0, 0);

    @AfterEach
    void release() {
        cudaGetLastError();
        cuda(cudaStreamDestroy(stream));
        cuda(cudaFree(from));
        cuda(cudaFree(to));
    }

    @Test
    void shouldRunWhatWasCapturedAtEachReplayAndNotBefore() {
        cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
        cuda(cudaMemcpyAsync(to, from, 8, cudaMemcpyDeviceToDevice, stream));
        cuda(cudaMemsetAsync(to, 0, 4, stream));
        CUgraphExec_st graph = endCapture(stream);
        cuda(cudaStreamSynchronize(stream));
        assertThat(read(to, 2)).containsExactly(0, 0);

        cuda(cudaGraphLaunch(graph, stream));
        cuda(cudaStreamSynchronize(stream));
        assertThat(read(to, 2)).containsExactly(0, 2);
        put(from, 5, 6);
        cuda(cudaGraphLaunch(graph, stream));
        cuda(cudaStreamSynchronize(stream));

        assertThat(read(to, 2)).containsExactly(0, 6);
        cuda(cudaGraphExecDestroy(graph));
        assertThat(cudaGraphLaunch(graph, stream)).isEqualTo(cudaErrorInvalidValue);
    }

    @Test
    void shouldCaptureStreamsThatForkAndJoin() {
        CUstream_st branch = stream();
        CUevent_st fork = event();
        CUevent_st join = event();
        cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
        cuda(cudaEventRecord(fork, stream));
        cuda(cudaStreamWaitEvent(branch, fork, 0));
        cuda(cudaMemcpyAsync(to, from, 8, cudaMemcpyDeviceToDevice, branch));
        cuda(cudaEventRecord(join, branch));
        cuda(cudaStreamWaitEvent(stream, join, 0));
        CUgraphExec_st graph = endCapture(stream);

        cuda(cudaGraphLaunch(graph, stream));
        cuda(cudaStreamSynchronize(stream));

        assertThat(read(to, 2)).containsExactly(1, 2);
        assertThat(cudaEventQuery(join)).isEqualTo(cudaErrorCapturedEvent);
        cuda(cudaGraphExecDestroy(graph));
        cuda(cudaStreamDestroy(branch));
        cuda(cudaEventDestroy(fork));
        cuda(cudaEventDestroy(join));
    }

    @Test
    void shouldRefuseACaptureWhoseBranchWasNotJoined() {
        CUstream_st branch = stream();
        CUevent_st fork = event();
        cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
        cuda(cudaEventRecord(fork, stream));
        cuda(cudaStreamWaitEvent(branch, fork, 0));
        cuda(cudaMemsetAsync(to, 0, 4, branch));

        assertThat(cudaStreamEndCapture(stream, new CUgraph_st())).isEqualTo(cudaErrorStreamCaptureUnjoined);
        cuda(cudaStreamDestroy(branch));
        cuda(cudaEventDestroy(fork));
    }

    @Test
    void shouldRefuseAWaitForWorkOutsideOfTheCapture() {
        CUstream_st other = stream();
        CUevent_st event = event();
        cuda(cudaEventRecord(event, other));
        cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));

        assertThat(cudaStreamWaitEvent(stream, event, 0)).isEqualTo(cudaErrorStreamCaptureIsolation);
        shouldBeSpoilt();
        cuda(cudaStreamDestroy(other));
        cuda(cudaEventDestroy(event));
    }

    @Test
    void shouldNotAllocateDuringACaptureThatWatchesOverAllThreads() throws Exception {
        cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));

        assertThat(CompletableFuture.supplyAsync(() -> cudaMalloc(new FloatPointer((Pointer) null), 8))
                        .get())
                .isEqualTo(cudaErrorStreamCaptureUnsupported);

        shouldBeSpoilt();
    }

    @Test
    void shouldLetOtherThreadsAllocateDuringACaptureOfItsThread() throws Exception {
        cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));

        CompletableFuture.runAsync(() -> cuda(cudaFree(device(1)))).get();
        cuda(cudaGraphExecDestroy(endCapture(stream)));
        cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));

        assertThat(cudaMalloc(new FloatPointer((Pointer) null), 8)).isEqualTo(cudaErrorStreamCaptureUnsupported);
        shouldBeSpoilt();
    }

    @Test
    void shouldNotSynchronizeWhatIsCaptured() {
        cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed));
        assertThat(cudaStreamSynchronize(stream)).isEqualTo(cudaErrorStreamCaptureUnsupported);
        shouldBeSpoilt();

        cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed));
        assertThat(cudaStreamQuery(stream)).isEqualTo(cudaErrorStreamCaptureUnsupported);
        shouldBeSpoilt();

        cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
        assertThat(cudaDeviceSynchronize()).isEqualTo(cudaErrorStreamCaptureUnsupported);
        shouldBeSpoilt();

        cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
        assertThat(cudaMemcpy(to, from, 8, cudaMemcpyDeviceToDevice)).isEqualTo(cudaErrorStreamCaptureUnsupported);
        shouldBeSpoilt();
    }

    @Test
    void shouldEndACaptureOnlyOnItsThreadAndStream() throws Exception {
        CUstream_st other = stream();
        cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
        assertThat(cudaStreamEndCapture(other, new CUgraph_st())).isEqualTo(cudaErrorInvalidValue);

        assertThat(CompletableFuture.supplyAsync(() -> cudaStreamEndCapture(stream, new CUgraph_st()))
                        .get())
                .isEqualTo(cudaErrorStreamCaptureWrongThread);

        shouldBeSpoilt();
        assertThat(cudaStreamBeginCapture(new CUstream_st(), cudaStreamCaptureModeRelaxed))
                .isEqualTo(cudaErrorStreamCaptureUnsupported);
        cuda(cudaStreamDestroy(other));
    }

    private void shouldBeSpoilt() {
        CUgraph_st graph = new CUgraph_st();
        assertThat(cudaStreamEndCapture(stream, graph)).isEqualTo(cudaErrorStreamCaptureInvalidated);
        assertThat(graph.isNull()).isTrue();
        cudaGetLastError();
    }
}
