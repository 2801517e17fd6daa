package io.coxswain.worker.standin;

import static io.coxswain.worker.standin.Bindings.*;
import static org.bytedeco.cuda.global.cudart.*;
import static org.bytedeco.cuda.global.nccl.*;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.cudart.cudaDeviceProp;
import org.bytedeco.cuda.nccl.ncclComm;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.jspecify.annotations.Nullable;

/** What a {@link ChildJvm} runs: one rank at most, which joins, captures, replays and aborts as it is told. */
final class ChildProgram {
    static final String ANSWER = "answer: ";
    private static final int FLOATS = 100_000;
    private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(3);

    private @Nullable ncclComm comm;
    private @Nullable CUstream_st stream;
    private @Nullable CUgraphExec_st graph;
    private @Nullable FloatPointer memory;

    private ChildProgram() {}

    public static void main(String[] arguments) throws IOException {
        ChildProgram program = new ChildProgram();
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String command = commands.readLine(); command != null; command = commands.readLine()) {
            System.out.println(ANSWER + program.carryOut(command.split(" ", -1)));
        }
    }

    private String carryOut(String[] words) {
        return switch (words[0]) {
            case "count" -> count();
            case "name" -> name(Integer.parseInt(words[1]));
            case "malloc" -> malloc(Long.parseLong(words[1]));
            case "free-memory" -> freeMemory();
            case "touch" -> "" + device(1).get(0);
            case "overrun" -> overrun();
            case "work" -> work(Integer.parseInt(words[1]));
            case "statuses" -> statuses(Integer.parseInt(words[1]));
            case "id" -> HexFormat.of().formatHex(uniqueId());
            case "join" -> enter(Integer.parseInt(words[1]), Integer.parseInt(words[2]), words[3]);
            case "sum" -> sum();
            case "replay" -> replay(Integer.parseInt(words[1]));
            case "reduce" -> reduce(Integer.parseInt(words[1]));
            case "state" -> state(comm()) + " " + (idle(stream()) ? "idle" : "busy");
            case "abort" -> abort();
            default -> "unknown: " + words[0];
        };
    }

    private static String count() {
        int[] count = {-1};
        int status = cudaGetDeviceCount(count);
        return status + " " + count[0] + " " + cudaSetDevice(0);
    }

    private static String name(int device) {
        cudaDeviceProp properties = new cudaDeviceProp();
        cuda(cudaGetDeviceProperties(properties, device));
        return properties.name().getString();
    }

    private static String malloc(long bytes) {
        return "" + cudaMalloc(new FloatPointer((Pointer) null), bytes);
    }

    private static String freeMemory() {
        SizeTPointer free = new SizeTPointer(1);
        SizeTPointer total = new SizeTPointer(1);
        cuda(cudaMemGetInfo(free, total));
        return free.get() + " of " + total.get();
    }

    /** A collective on one float more than was allocated, and what everything says from then on. */
    private static String overrun() {
        ncclComm alone = join(1, uniqueId(), 0);
        FloatPointer input = device(10);
        CUstream_st own = Bindings.stream();
        nccl(ncclAllReduce(input, input, 11, ncclFloat, ncclSum, alone, own));
        settle(alone);
        int[] statuses = {
            cudaStreamSynchronize(own),
            cudaMalloc(new FloatPointer((Pointer) null), 4),
            cudaGetLastError(),
            cudaGetLastError(),
            cudaMemsetAsync(input, 0, 4, own),
            cudaDeviceSynchronize(),
            ncclAllReduce(input, input, 1, ncclFloat, ncclSum, alone, own)
        };
        return Arrays.toString(statuses);
    }

    /** What so many pieces of work on one stream leave behind: what the last of them writes, if it was done last. */
    private static String work(int pieces) {
        FloatPointer target = deviceOf(0);
        CUstream_st own = Bindings.stream();
        for (int i = 1; i <= pieces; i++) {
            cuda(cudaMemsetAsync(target, i, 4, own));
        }
        cuda(cudaStreamSynchronize(own));
        return Integer.toHexString(Float.floatToIntBits(read(target, 1)[0]));
    }

    /** How many of so many operations were launched when their call returned, and how many later. */
    private static String statuses(int operations) {
        ncclComm alone = join(1, uniqueId(), 0);
        FloatPointer input = device(1);
        CUstream_st own = Bindings.stream();
        int[] seen = new int[ncclInProgress + 1];
        for (int i = 0; i < operations; i++) {
            seen[ncclAllReduce(input, input, 1, ncclFloat, ncclSum, alone, own)]++;
            settle(alone);
        }
        cuda(cudaStreamSynchronize(own));
        return seen[ncclSuccess] + " " + seen[ncclInProgress];
    }

    /** With a graph that adds up a number of each rank, which is twice its rank plus one. */
    private String enter(int rank, int ranks, String id) {
        ncclComm joined = join(ranks, HexFormat.of().parseHex(id), rank);
        CUstream_st own = Bindings.stream();
        float[] values = new float[FLOATS];
        Arrays.fill(values, 2 * rank + 1);
        FloatPointer input = deviceOf(values);
        FloatPointer output = device(FLOATS);
        cuda(cudaStreamBeginCapture(own, cudaStreamCaptureModeThreadLocal));
        nccl(ncclAllReduce(input, output, FLOATS, ncclFloat, ncclSum, joined, own));
        settle(joined);
        graph = endCapture(own);
        comm = joined;
        stream = own;
        memory = output;
        return "joined";
    }

    private String sum() {
        cuda(cudaGraphLaunch(graph, stream));
        cuda(cudaStreamSynchronize(stream()));
        float[] sums = read(Objects.requireNonNull(memory), FLOATS);
        return sums[0] == sums[FLOATS - 1] ? "" + sums[0] : "torn";
    }

    /** Replays until one does not end; says so after the given number of them too. */
    private String replay(int told) {
        for (int replays = 0; ; replays++) {
            if (replays == told) {
                System.out.println(ANSWER + "replaying");
            }
            cuda(cudaGraphLaunch(graph, stream));
            long start = System.nanoTime();
            while (!idle(stream())) {
                if (System.nanoTime() - start > STUCK_NANOS) {
                    return "stuck";
                }
                LockSupport.parkNanos(1000);
            }
        }
    }

    private String reduce(int floats) {
        nccl(ncclAllReduce(memory, memory, floats, ncclFloat, ncclSum, comm, stream));
        while (state(comm()) == ncclInProgress) {
            Thread.onSpinWait();
        }
        return "launched";
    }

    /** As a worker does: the abort on a thread of its own, and the graph destroyed once the stream is free. */
    private String abort() {
        ncclComm ended = comm();
        CompletableFuture<Void> abort = CompletableFuture.runAsync(() -> nccl(ncclCommAbort(ended)));
        cuda(cudaStreamSynchronize(stream()));
        cuda(cudaGraphExecDestroy(graph));
        abort.join();
        comm = null;
        return "free";
    }

    private ncclComm comm() {
        return Objects.requireNonNull(comm, "not joined");
    }

    private CUstream_st stream() {
        return Objects.requireNonNull(stream, "not joined");
    }
}
