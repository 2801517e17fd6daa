package io.coxswain.worker.gpucheck;

import io.coxswain.nccl4j.UniqueId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Whether devices gather what each of them has: a thread and a rank for each, all in this process. */
final class GatherCheck {
    /** A rank waits for each of: the initialisation, the first gather, the others, and the end. */
    private static final int WAITS_OF_A_RANK = 5;

    private final GpuCheckConfig config;

    GatherCheck(GpuCheckConfig config) {
        this.config = config;
    }

    /** Among so many devices, from the first on. */
    String amongDevices(int first, int ranks) throws InterruptedException {
        UniqueId id = UniqueId.create();
        List<GatherRank> tasks = new ArrayList<>();
        for (int rank = 0; rank < ranks; rank++) {
            tasks.add(new GatherRank(config, id, new GatherRank.Seat(rank, ranks, first + rank)));
        }
        ExecutorService threads = Executors.newFixedThreadPool(ranks, GatherCheck::daemon);
        try {
            long limitSeconds = config.timeout().toSeconds() * WAITS_OF_A_RANK;
            return inWords(slowest(threads.invokeAll(tasks, limitSeconds, TimeUnit.SECONDS)), ranks);
        } finally {
            threads.shutdownNow();
        }
    }

    /** A rank that is stuck in native code does not keep the program. */
    private static Thread daemon(Runnable rank) {
        Thread thread = new Thread(rank, "rank");
        thread.setDaemon(true);
        return thread;
    }

    private static double slowest(List<Future<Double>> ranks) throws InterruptedException {
        double nanos = 0;
        List<String> failures = new ArrayList<>();
        for (int rank = 0; rank < ranks.size(); rank++) {
            try {
                nanos = Math.max(nanos, ranks.get(rank).get());
            } catch (ExecutionException e) {
                failures.add("rank " + rank + ": "
                        + Objects.requireNonNullElse(e.getCause(), e).getMessage());
            } catch (CancellationException e) {
                failures.add("rank " + rank + " did not end in time");
            }
        }
        if (!failures.isEmpty()) {
            throw new CheckFailedException(String.join("; ", failures));
        }
        return nanos;
    }

    private String inWords(double nanos, int ranks) {
        double bytes = GatherRank.partBytes(config.bytes(), ranks) * (double) ranks;
        String words = Figures.mebibytes(bytes) + " at " + Figures.bandwidth(bytes, nanos);
        // What every link carries, which is what a ring of them can be compared by.
        return ranks == 1 ? words : words + ", on the bus " + Figures.bandwidth(bytes * (ranks - 1) / ranks, nanos);
    }
}
