package io.coxswain.worker.collective.nccl;

import static io.coxswain.worker.collective.nccl.NcclRanks.LONG;
import static io.coxswain.worker.collective.nccl.NcclRanks.SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.coxswain.worker.collective.CollectiveAbortedException;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.CommunicatorId;
import io.coxswain.worker.collective.ConnectTimeoutException;
import io.coxswain.worker.collective.Deadline;
import io.coxswain.worker.collective.EpochGate;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.collective.PeerLostException;
import io.coxswain.worker.collective.tcp.RollCall;
import io.coxswain.worker.collective.tcp.RollCallHost;
import io.coxswain.worker.standin.RequiresStandIn;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

@RequiresStandIn
class NcclConnectTest {
    @Test
    void shouldHaveAnAddressAndMakeIdsOfNcclsOwn() throws Exception {
        try (NcclRanks ranks = NcclRanks.open(1)) {
            NcclCollectiveBackend backend = ranks.backend(0);
            GroupSpec foreign = ranks.group(0, CommunicatorId.of(new byte[16]), LONG);

            assertThat(backend.name()).isEqualTo("nccl");
            assertThat(backend.localAddress().getPort()).isPositive();
            assertThat(backend.createId().toByteArray()).hasSize(128);
            assertThat(backend.createId()).isNotEqualTo(backend.createId());
            assertThatThrownBy(() -> backend.create(foreign))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("an NCCL id has 128 bytes, this one has 16");
        }
    }

    @Test
    void shouldNameThePeersThatNeverCome() throws Exception {
        try (NcclRanks ranks = NcclRanks.open(4)) {
            CommunicatorId id = ranks.createId();
            Communicator here = ranks.create(2, id, SHORT);

            Throwable failure = NcclRanks.failure(ranks.submit(2, () -> connectAndClose(here)));

            assertThat(failure)
                    .isInstanceOfSatisfying(
                            ConnectTimeoutException.class,
                            late -> assertThat(late.missingRanks()).containsExactly(0, 1, 3))
                    .hasMessageContaining("rank 3 at " + ranks.addresses().get(3) + " has not dialed");
            assertThatThrownBy(here::connect).isInstanceOf(CollectiveAbortedException.class);
        }
    }

    private static boolean connectAndClose(Communicator communicator) {
        try (communicator) {
            communicator.connect();
            return true;
        }
    }

    /** A rank that answers the roll call and does no more, beside one that is real. */
    private static final class Absentee implements AutoCloseable {
        private final RollCallHost host = RollCallHost.open(InetAddress.getLoopbackAddress());
        private final NcclRanks ranks = NcclRanks.open(1);
        private final CommunicatorId id = ranks.createId();
        private final List<InetSocketAddress> addresses =
                List.of(ranks.backend(0).localAddress(), host.localAddress());
        private final RollCall rollCall = host.rollCall(new GroupSpec("7", id, 1, addresses, LONG), new EpochGate("7"));

        Absentee() throws InterruptedException {}

        Communicator realPeer(Duration connectDeadline) {
            return ranks.backend(0).create(new GroupSpec("7", id, 0, addresses, connectDeadline));
        }

        /** Connecting on a thread of its own, and past the roll call. */
        Future<Boolean> connect(Communicator communicator) {
            Future<Boolean> connecting = ranks.submit(0, () -> connectAndClose(communicator));
            rollCall.meet(Deadline.after(LONG, System::nanoTime), System::nanoTime);
            return connecting;
        }

        @Override
        public void close() throws InterruptedException {
            rollCall.close();
            host.close();
            ranks.close();
        }
    }

    @Test
    void shouldNameAPeerThatCameAndIsNotReadyInTime() throws Exception {
        try (Absentee absentee = new Absentee()) {
            Future<Boolean> connecting = absentee.connect(absentee.realPeer(Duration.ofSeconds(3)));

            assertThat(NcclRanks.failure(connecting))
                    .isInstanceOfSatisfying(
                            ConnectTimeoutException.class,
                            late -> assertThat(late.missingRanks()).containsExactly(1))
                    .hasMessage(
                            "epoch 7 was not connected within 3000 ms; all ranks have come, but are not ready: rank 1 at "
                                    + absentee.host.localAddress());
        }
    }

    @Test
    void shouldNameAPeerThatDiesDuringTheInitialisation() throws Exception {
        try (Absentee absentee = new Absentee()) {
            Future<Boolean> connecting = absentee.connect(absentee.realPeer(LONG));
            absentee.rollCall.close();

            assertThat(NcclRanks.failure(connecting))
                    .isInstanceOfSatisfying(
                            PeerLostException.class,
                            lost -> assertThat(lost.rank()).isEqualTo(1));
        }
    }

    @Test
    void shouldEndAnInitialisationAtOnceWhenItIsAborted() throws Exception {
        try (Absentee absentee = new Absentee()) {
            Communicator communicator = absentee.realPeer(LONG);
            Future<Boolean> connecting = absentee.connect(communicator);

            communicator.abort("rank 1 is gone");

            assertThat(NcclRanks.failure(connecting))
                    .isInstanceOf(CollectiveAbortedException.class)
                    .hasMessage("epoch 7 has ended: rank 1 is gone");
        }
    }

    @Test
    void shouldEndTheRollCallAtOnceWhenItIsAborted() throws Exception {
        try (NcclRanks ranks = NcclRanks.open(2)) {
            Communicator communicator = ranks.create(0, ranks.createId(), LONG);
            Thread[] connector = new Thread[1];
            Future<Boolean> connecting = ranks.submit(0, () -> {
                connector[0] = Thread.currentThread();
                return connectAndClose(communicator);
            });
            await().until(() -> connector[0] != null && connector[0].getState() == Thread.State.RUNNABLE);

            communicator.abort("the job is over");

            assertThat(NcclRanks.failure(connecting))
                    .isInstanceOf(CollectiveAbortedException.class)
                    .hasMessage("epoch 7 has ended: the job is over");
        }
    }

    @Test
    void shouldNotConnectOnceItIsAborted() throws Exception {
        try (NcclRanks ranks = NcclRanks.open(2);
                Communicator communicator = ranks.create(0, ranks.createId(), LONG)) {
            communicator.abort("the first reason");
            communicator.abort("the second");

            assertThatThrownBy(communicator::connect).hasMessage("epoch 7 has ended: the first reason");
        }
    }

    @Test
    void shouldRefuseOperationsBeforeItIsConnected() throws Exception {
        try (NcclRanks ranks = NcclRanks.open(1);
                Communicator communicator = ranks.create(0, ranks.createId(), LONG)) {
            assertThatThrownBy(communicator::awaitDone)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("epoch 7 is not connected yet");
        }
    }

    /** A planned epoch connects while the running one is at work. */
    @Test
    void shouldConnectASecondGroupBesideTheFirst() throws Exception {
        try (NcclRanks ranks = NcclRanks.open(2)) {
            CommunicatorId second = ranks.createId();
            List<float[]> results = ranks.run(rank -> {
                try (Communicator planned = ranks.create(rank.rank(), second, LONG)) {
                    planned.connect();
                    var sum = rank.device().floats(1);
                    rank.communicator().allReduceSum(sum);
                    planned.allReduceSum(sum);
                    return rank.device().read(sum);
                }
            });

            assertThat(results).allSatisfy(result -> assertThat(result).containsExactly(4));
        }
    }
}
