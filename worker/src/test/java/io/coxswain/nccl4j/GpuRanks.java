package io.coxswain.nccl4j;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Ranks as threads of one process, with a device each. */
final class GpuRanks {
    static final Wait LONG = Wait.atMost(Duration.ofSeconds(20));
    static final Wait SHORT = Wait.atMost(Duration.ofMillis(200));

    private GpuRanks() {}

    /** What runs on a rank's thread. */
    @FunctionalInterface
    interface Body<T> {
        T run(Seat seat) throws Exception;
    }

    /** The same without a result. */
    @FunctionalInterface
    interface Action {
        void run(Seat seat) throws Exception;
    }

    /** One rank, with the means of its thread. */
    record Seat(int rank, int size, UniqueId id, TestGpu gpu) {
        /** Connected with all others. */
        Communicator join() {
            Communicator communicator = Communicator.init(id, size, rank, CommConfig.nonBlocking());
            communicator.awaitReady(LONG);
            return communicator;
        }
    }

    /** Ends a communicator as all ranks do that have no quarrel. */
    static void leave(Communicator communicator) {
        communicator.beginFinalize();
        communicator.awaitReady(LONG);
        communicator.destroy();
    }

    static void each(int size, Action action) throws Exception {
        run(size, seat -> {
            action.run(seat);
            return seat.rank();
        });
    }

    static <T> List<T> run(int size, Body<T> body) throws Exception {
        UniqueId id = UniqueId.create();
        ExecutorService threads = Executors.newFixedThreadPool(size);
        try {
            List<Future<T>> running = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                int rank = i;
                running.add(threads.submit(() -> {
                    try (TestGpu gpu = TestGpu.open(rank)) {
                        return body.run(new Seat(rank, size, id, gpu));
                    }
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : running) {
                results.add(get(future));
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }

    static <T> T get(Future<T> future) throws InterruptedException {
        try {
            return future.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("a thread failed", e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("a thread hangs", e);
        }
    }
}
