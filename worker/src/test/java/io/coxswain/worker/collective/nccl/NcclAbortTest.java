package io.coxswain.worker.collective.nccl;

import static io.coxswain.worker.collective.nccl.NcclRanks.LONG;
import static io.coxswain.worker.collective.nccl.NcclRanks.SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.coxswain.worker.collective.CollectiveAbortedException;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.CommunicatorId;
import io.coxswain.worker.collective.OperationTimeoutException;
import io.coxswain.worker.collective.TransportException;
import io.coxswain.worker.device.DeviceException;
import io.coxswain.worker.device.DeviceGraph;
import io.coxswain.worker.device.DeviceView;
import io.coxswain.worker.standin.RequiresStandIn;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;

@RequiresStandIn
class NcclAbortTest {
    private static final NcclConfig IMPATIENT = new NcclConfig(InetAddress.getLoopbackAddress(), SHORT, LONG);

    @Test
    void shouldFreeAThreadThatWaitsForAPeer() throws Exception {
        try (NcclRanks ranks = NcclRanks.open(2)) {
            ranks.each(rank -> {
                if (rank.rank() == 1) {
                    return; // leaves without having taken part
                }
                rank.communicator().allReduceSum(rank.device().floats(1));
                CompletableFuture<Void> aborting =
                        CompletableFuture.runAsync(() -> rank.communicator().abort("rank 1 has died"));

                assertThatThrownBy(rank.communicator()::awaitDone)
                        .isInstanceOf(CollectiveAbortedException.class)
                        .hasMessage("epoch 7 has ended: rank 1 has died");
                assertThat(rank.device().isIdle()).isTrue();
                NcclRanks.get(aborting);
            });
        }
    }

    @Test
    void shouldRefuseEveryCallWithTheFirstReason() throws Exception {
        try (NcclRanks ranks = NcclRanks.open(2)) {
            ranks.each(rank -> {
                Communicator communicator = rank.communicator();
                DeviceView view = rank.device().floats(1, 2);
                communicator.abort("the first reason");
                communicator.abort("the second");

                Stream.<Runnable>of(
                                () -> communicator.allGather(view.slice(0, 4), view),
                                () -> communicator.allGatherV(view.slice(0, 4), view, new long[] {4, 4}),
                                () -> communicator.reduceScatterSum(view, view.slice(0, 4)),
                                () -> communicator.reduceScatterSumV(view, view.slice(0, 4), new long[] {4, 4}),
                                () -> communicator.allReduceSum(view),
                                () -> communicator.broadcast(view, 0),
                                communicator::awaitDone)
                        .forEach(call -> assertThatThrownBy(call::run)
                                .isInstanceOf(CollectiveAbortedException.class)
                                .hasMessage("epoch 7 has ended: the first reason"));
                communicator.close();
                communicator.close();
                assertThatThrownBy(communicator::awaitDone).hasMessage("epoch 7 has ended: the first reason");
            });
        }
    }

    @Test
    void shouldNotBlockWhoeverAborts() throws Exception {
        try (NcclRanks ranks = NcclRanks.open(1)) {
            ranks.each(rank -> {
                DeviceView view = rank.device().floats(1);
                try (DeviceGraph held =
                        rank.device().gpu().capture(() -> rank.communicator().allReduceSum(view))) {
                    rank.communicator().abort("though a graph holds it"); // NCCL's own abort is blocked from here on
                    assertThat(abortIsUnderWay()).isTrue();
                }
                await().atMost(LONG).until(() -> !abortIsUnderWay());
            });
        }
    }

    private static boolean abortIsUnderWay() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("nccl-abort-epoch-7"));
    }

    /** The order matters: the graph of a collective that hangs is destroyed between the abort and the close. */
    @Test
    void shouldCloseOnceItsGraphsAreDestroyed() throws Exception {
        try (NcclRanks ranks = NcclRanks.open(2)) {
            CountDownLatch over = new CountDownLatch(1);
            ranks.each(rank -> {
                DeviceView view = rank.device().floats(1);
                DeviceGraph graph =
                        rank.device().gpu().capture(() -> rank.communicator().allReduceSum(view));
                if (rank.rank() == 0) {
                    graph.replay();
                    rank.communicator().abort("rank 1 never replays");
                    assertThatThrownBy(rank.communicator()::awaitDone).isInstanceOf(CollectiveAbortedException.class);
                    over.countDown();
                }
                over.await();
                graph.close();
                rank.communicator().close();
            });
        }
    }

    @Test
    void shouldSayAtTheReleaseDeadlineThatAGraphStillHoldsIt() throws Exception {
        NcclConfig config = new NcclConfig(InetAddress.getLoopbackAddress(), LONG, Duration.ofSeconds(2));
        try (NcclRanks ranks = NcclRanks.open(1, config)) {
            ranks.each(rank -> {
                DeviceView view = rank.device().floats(1);
                DeviceGraph graph =
                        rank.device().gpu().capture(() -> rank.communicator().allReduceSum(view));

                assertThatThrownBy(rank.communicator()::close)
                        .isInstanceOf(TransportException.class)
                        .hasMessage("NCCL did not release the communicator of epoch 7 within 2000 ms; "
                                + "does a graph still exist that was captured with it?");
                graph.close();
                rank.communicator().close();
            });
        }
    }

    @Test
    void shouldEndTheEpochWhenAnOperationTakesTooLong() throws Exception {
        try (NcclRanks ranks = NcclRanks.open(2, IMPATIENT)) {
            CountDownLatch over = new CountDownLatch(1);
            ranks.each(rank -> {
                if (rank.rank() == 1) {
                    over.await();
                    return;
                }
                rank.communicator().allReduceSum(rank.device().floats(1));

                assertThatThrownBy(rank.communicator()::awaitDone)
                        .isInstanceOfSatisfying(
                                OperationTimeoutException.class,
                                late -> assertThat(late.pendingRanks()).isEmpty())
                        .hasMessage("the operations of epoch 7 were not done within 300 ms; "
                                + "NCCL does not say which ranks have not come");
                assertThat(rank.device().isIdle()).isTrue();
                assertThatThrownBy(() ->
                                rank.communicator().allReduceSum(rank.device().floats(1)))
                        .isInstanceOf(CollectiveAbortedException.class)
                        .hasMessageContaining("were not done within 300 ms");
                over.countDown();
            });
        }
    }

    /** A device whose work never ends, as one that has failed without saying so. */
    private record StuckDevice(NcclDevice real) implements NcclDevice {
        @Override
        public CUstream_st stream() {
            return real.stream();
        }

        @Override
        public Pointer pointer(DeviceView view) {
            return real.pointer(view);
        }

        @Override
        public void makeCurrent() {
            real.makeCurrent();
        }

        @Override
        public boolean isIdle() {
            return false;
        }
    }

    @Test
    void shouldSayThatTheDeviceDoesNotComeFree() throws Exception {
        NcclConfig config =
                new NcclConfig(InetAddress.getLoopbackAddress(), Duration.ofMillis(50), Duration.ofSeconds(2));
        try (NcclRanks ranks = NcclRanks.open(1, config);
                var backend = NcclCollectiveBackend.open(
                        new StuckDevice(ranks.device(0).forNccl()), config, System::nanoTime)) {
            CommunicatorId id = backend.createId();
            Communicator communicator = backend.create(ranks.group(0, id, LONG));

            NcclRanks.get(ranks.submit(0, () -> {
                communicator.connect();
                assertThatThrownBy(communicator::awaitDone)
                        .isInstanceOf(DeviceException.class)
                        .hasMessageStartingWith("the device did not come free after the end of epoch 7 "
                                + "(the operations of epoch 7 were not done within 50 ms")
                        .hasSuppressedException(new OperationTimeoutException(
                                java.util.List.of(),
                                "the operations of epoch 7 were not done within 50 ms; "
                                        + "NCCL does not say which ranks have not come"));
                communicator.close();
                return true;
            }));
        }
    }
}
