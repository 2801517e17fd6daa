package io.coxswain.worker.standin;

import static io.coxswain.worker.standin.Bindings.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.bytedeco.cuda.global.cudart.*;
import static org.bytedeco.cuda.global.nccl.*;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.nccl.ncclComm;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.Test;

@RequiresStandIn
class StandInAbortTest {
    private static final Duration SHORT = Duration.ofMillis(200);

    /** What this process holds, as the kernel counts it. */
    private record Holdings(long threads, long descriptors, long kilobytes) {
        static Holdings now() throws IOException {
            System.gc(); // so that what the heap has grown by for a while does not count
            return new Holdings(entries("/proc/self/task"), entries("/proc/self/fd"), resident());
        }

        private static long entries(String directory) throws IOException {
            try (Stream<Path> entries = Files.list(Path.of(directory))) {
                return entries.count();
            }
        }

        private static long resident() throws IOException {
            try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
                return lines.filter(line -> line.startsWith("VmRSS"))
                        .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                        .findFirst()
                        .orElseThrow();
            }
        }
    }

    @Test
    void shouldInitialiseForEverWithoutAPeerAndEndWithAnAbort() {
        cuda(cudaSetDevice(0));
        ncclComm comm = begin(2, uniqueId(), 0, false);

        await().during(SHORT).atMost(LIMIT).until(() -> state(comm) == ncclInProgress);
        assertThat(ncclAllReduce(null, null, 1, ncclFloat, ncclSum, comm, null)).isEqualTo(ncclInvalidArgument);
        assertThat(ncclGetLastError((ncclComm) null).getString())
                .contains("Attempt to use communicator before the previous operation returned ncclSuccess");

        nccl(ncclCommAbort(comm));
        assertThat(ncclCommAbort(comm)).isEqualTo(ncclInvalidArgument);
    }

    @Test
    void shouldFreeAStreamThatIsStuckInACollective() throws Exception {
        byte[] id = uniqueId();
        ranks(2, rank -> {
            ncclComm comm = join(2, id, rank);
            CUstream_st stream = stream();
            FloatPointer memory = deviceOf(1);
            if (rank == 0) {
                nccl(ncclAllReduce(memory, memory, 1, ncclFloat, ncclSum, comm, stream));
                settle(comm);
                await().during(SHORT).atMost(LIMIT).until(() -> !idle(stream));
                CompletableFuture<Void> abort = CompletableFuture.runAsync(() -> nccl(ncclCommAbort(comm)));
                cuda(cudaStreamSynchronize(stream));
                abort.join();
            } else {
                nccl(ncclCommAbort(comm));
            }
            cuda(cudaFree(memory));
            cuda(cudaStreamDestroy(stream));
            return rank;
        });
    }

    @Test
    void shouldFreeStreamsFirstAndReturnFromAnAbortOnceNoGraphHoldsTheCommunicator() throws Exception {
        byte[] id = uniqueId();
        ranks(2, rank -> {
            ncclComm comm = join(2, id, rank);
            CUstream_st stream = stream();
            FloatPointer memory = deviceOf(1);
            cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
            nccl(ncclAllReduce(memory, memory, 1, ncclFloat, ncclSum, comm, stream));
            settle(comm);
            CUgraphExec_st graph = endCapture(stream);
            if (rank == 0) {
                cuda(cudaGraphLaunch(graph, stream)); // hangs: rank 1 does not replay
                assertThat(idle(stream)).isFalse();
            }
            CompletableFuture<Void> abort = CompletableFuture.runAsync(() -> nccl(ncclCommAbort(comm)));
            cuda(cudaStreamSynchronize(stream));
            await().during(SHORT).atMost(LIMIT).until(() -> !abort.isDone());

            cuda(cudaGraphExecDestroy(graph));

            await().atMost(LIMIT).until(abort::isDone);
            abort.join();
            cuda(cudaFree(memory));
            cuda(cudaStreamDestroy(stream));
            return rank;
        });
    }

    @Test
    void shouldWaitForGraphsInADestroyToo() {
        cuda(cudaSetDevice(0));
        ncclComm comm = join(1, uniqueId(), 0);
        CUstream_st stream = stream();
        FloatPointer memory = deviceOf(1);
        cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
        nccl(ncclAllReduce(memory, memory, 1, ncclFloat, ncclSum, comm, stream));
        settle(comm);
        CUgraphExec_st graph = endCapture(stream);

        CompletableFuture<Void> destroy = CompletableFuture.runAsync(() -> nccl(ncclCommDestroy(comm)));
        await().during(SHORT).atMost(LIMIT).until(() -> !destroy.isDone());
        cuda(cudaGraphExecDestroy(graph));

        destroy.join();
        cuda(cudaFree(memory));
        cuda(cudaStreamDestroy(stream));
    }

    @Test
    void shouldHangWithAWordWhereRanksDisagree() throws Exception {
        byte[] id = uniqueId();
        ranks(2, rank -> {
            ncclComm comm = join(2, id, rank);
            CUstream_st stream = stream();
            FloatPointer memory = deviceOf(1, 2, 3, 4);
            nccl(ncclAllReduce(memory, memory, 3 + rank, ncclFloat, ncclSum, comm, stream));
            settle(comm);
            await().atMost(LIMIT)
                    .until(() -> ncclGetLastError((ncclComm) null).getString().contains("mismatch"));

            assertThat(idle(stream)).isFalse();
            assertThat(state(comm)).isEqualTo(ncclSuccess);
            assertThat(ncclGetLastError((ncclComm) null).getString())
                    .contains("AllReduce #0 of 3 elements", "AllReduce #0 of 4 elements");

            nccl(ncclCommAbort(comm));
            awaitIdle(stream);
            cuda(cudaFree(memory));
            cuda(cudaStreamDestroy(stream));
            return rank;
        });
    }

    @Test
    void shouldNotGrowOverAHundredEpochs() throws Exception {
        for (int epoch = 0; epoch < 20; epoch++) {
            runEpoch();
        }
        Holdings before = Holdings.now();

        for (int epoch = 0; epoch < 100; epoch++) {
            runEpoch();
        }

        await().atMost(LIMIT).until(() -> Holdings.entries("/proc/self/task") <= before.threads() + 4);
        Holdings after = Holdings.now();
        assertThat(after.descriptors()).isLessThanOrEqualTo(before.descriptors() + 2);
        assertThat(after.kilobytes()).isLessThan(before.kilobytes() + 48_000); // the JVM's own memory moves too
    }

    private static void runEpoch() throws Exception {
        byte[] id = uniqueId();
        int floats = 50_000;
        ranks(2, rank -> {
            ncclComm comm = join(2, id, rank);
            CUstream_st stream = stream();
            FloatPointer from = device(floats);
            FloatPointer to = device(2L * floats);
            nccl(ncclAllGather(from, to, floats, ncclFloat, comm, stream));
            settle(comm);
            if (rank == 0) {
                nccl(ncclAllGather(
                        from, to, floats, ncclFloat, comm, stream)); // alone, so that the abort finds it hanging
                settle(comm);
            }
            nccl(ncclCommAbort(comm));
            cuda(cudaStreamSynchronize(stream));
            cuda(cudaStreamDestroy(stream));
            cuda(cudaFree(from));
            cuda(cudaFree(to));
            return rank;
        });
    }
}
