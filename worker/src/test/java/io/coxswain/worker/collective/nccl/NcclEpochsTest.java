package io.coxswain.worker.collective.nccl;

import static io.coxswain.worker.collective.nccl.NcclRanks.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.worker.collective.CollectiveAbortedException;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.CommunicatorId;
import io.coxswain.worker.device.DeviceGraph;
import io.coxswain.worker.device.DeviceView;
import io.coxswain.worker.standin.RequiresStandIn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Many epochs in one process. */
@RequiresStandIn
class NcclEpochsTest {
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
    /** The garbage collector's share of what the process holds. */
    private static final long SLACK_KIB = 32 << 10;

    /** What the process holds at a time, in threads, files and KiB. */
    private record Holdings(long threads, long files, long residentKib) {
        static Holdings now() throws IOException {
            System.gc();
            return new Holdings(count("/proc/self/task"), count("/proc/self/fd"), resident());
        }

        private static long count(String directory) throws IOException {
            try (Stream<Path> entries = Files.list(Path.of(directory))) {
                return entries.count();
            }
        }

        private static long resident() throws IOException {
            Matcher matcher = RESIDENT.matcher(Files.readString(Path.of("/proc/self/status")));
            assertThat(matcher.find()).isTrue();
            return Long.parseLong(matcher.group(1));
        }
    }

    private record Epoch(List<Communicator> communicators, CountDownLatch gathered) {}

    @Test
    void shouldNotGrowInAHundredEpochsThatAreAborted() throws Exception {
        try (NcclRanks ranks = NcclRanks.open(2)) {
            List<DeviceView> views = new ArrayList<>();
            for (int rank = 0; rank < 2; rank++) {
                GpuDevice device = ranks.device(rank);
                views.add(NcclRanks.get(ranks.submit(rank, () -> device.floats(1, 2))));
            }
            for (int epoch = 0; epoch < 20; epoch++) {
                runEpoch(ranks, views);
            }
            Holdings before = Holdings.now();
            for (int epoch = 0; epoch < 100; epoch++) {
                runEpoch(ranks, views);
            }
            Holdings after = Holdings.now();

            assertThat(after.threads()).as("%s, then %s", before, after).isLessThanOrEqualTo(before.threads() + 2);
            assertThat(after.files()).as("%s, then %s", before, after).isLessThanOrEqualTo(before.files() + 2);
            assertThat(after.residentKib())
                    .as("%s, then %s", before, after)
                    .isLessThanOrEqualTo(before.residentKib() + SLACK_KIB);
        }
    }

    /** Initialise, gather, and an abort while rank 0 replays a graph that waits for rank 1 in vain. */
    private static void runEpoch(NcclRanks ranks, List<DeviceView> views) throws InterruptedException {
        CommunicatorId id = ranks.createId();
        var epoch = new Epoch(List.of(ranks.create(0, id, LONG), ranks.create(1, id, LONG)), new CountDownLatch(2));
        List<Future<Boolean>> running = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            int rank = i;
            running.add(ranks.submit(rank, () -> runRank(epoch, ranks.device(rank), views.get(rank), rank)));
        }
        for (Future<Boolean> future : running) {
            assertThat(NcclRanks.get(future)).isTrue();
        }
    }

    private static boolean runRank(Epoch epoch, GpuDevice device, DeviceView view, int rank)
            throws InterruptedException {
        try (Communicator communicator = epoch.communicators().get(rank)) {
            communicator.connect();
            communicator.allGather(view.slice(4L * rank, 4), view);
            communicator.awaitDone();
            epoch.gathered().countDown();
            epoch.gathered().await();
            if (rank == 0) {
                replayInVain(device, communicator, view);
            } else {
                epoch.communicators().forEach(each -> each.abort("the epoch is over"));
            }
        }
        return true;
    }

    /** The abort finds it anywhere: before, in or after the capture, or while the graph runs. */
    private static void replayInVain(GpuDevice device, Communicator communicator, DeviceView view) {
        assertThatThrownBy(() -> {
                    try (DeviceGraph graph = device.gpu().capture(() -> communicator.allReduceSum(view))) {
                        graph.replay();
                        communicator.awaitDone();
                    }
                })
                .isInstanceOf(CollectiveAbortedException.class);
    }
}
