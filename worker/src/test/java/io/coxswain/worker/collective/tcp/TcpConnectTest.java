package io.coxswain.worker.collective.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.worker.collective.CollectiveAbortedException;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.CommunicatorId;
import io.coxswain.worker.collective.ConnectTimeoutException;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.collective.PeerLostException;
import io.coxswain.worker.collective.PeerRefusedException;
import io.coxswain.worker.collective.tcp.TcpRanks.Outcome;
import io.coxswain.worker.device.DeviceView;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class TcpConnectTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(200);
    /** Long enough for a busy machine to get an answer across before it ends. */
    private static final Duration ENOUGH_FOR_AN_ANSWER = Duration.ofSeconds(3);

    private static final CommunicatorId STRANGE_ID = CommunicatorId.of(new byte[Handshake.ID_BYTES]);

    @Test
    void shouldRefuseAStrangerWithAReasonAndConnectTheGroup() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(2);
                Socket stranger = dial(ranks, 0);
                Socket impostor = dial(ranks, 0);
                Socket babbler = dial(ranks, 0);
                Socket silent = dial(ranks, 0)) {
            send(stranger, hello(STRANGE_ID, 1, 0, 2));
            send(impostor, hello(ranks.id(), 9, 0, 2));
            send(babbler, "GET / HTTP/1.1 and other thirty-six...".getBytes(StandardCharsets.UTF_8));

            assertGathers(ranks);

            assertThat(silent.isConnected()).isTrue();
            assertThat(answer(stranger)).startsWith("1: ").contains("00000000").contains("epoch 1.1");
            assertThat(answer(impostor)).isEqualTo("2: rank 9 does not dial rank 0, allowed are ranks 1 to 1");
            assertThat(answer(babbler)).isEqualTo("2: these are not the first bytes of a peer");
        }
    }

    @Test
    void shouldKeepAPeerThatComesBeforeItConnects() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(2);
                Socket early = dial(ranks, 0)) {
            send(early, hello(ranks.id(), 1, 0, 2));
            try (Communicator communicator = ranks.create(0, LONG)) {
                communicator.connect();
            }
            assertThat(answer(early)).isEqualTo("0: ");
        }
    }

    @Test
    void shouldRefuseTheSecondConnectionOfARank() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(3);
                Socket first = dial(ranks, 0);
                Socket second = dial(ranks, 0)) {
            send(first, hello(ranks.id(), 1, 0, 3));
            send(second, hello(ranks.id(), 1, 0, 3));
            try (Communicator communicator = ranks.create(0, ENOUGH_FOR_AN_ANSWER)) {
                assertThatThrownBy(communicator::connect).isInstanceOf(ConnectTimeoutException.class);
            }
            assertThat(List.of(answer(first), answer(second)))
                    .containsExactlyInAnyOrder("0: ", "2: rank 1 is connected already");
        }
    }

    @Test
    void shouldRefuseAnotherWorldSize() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(2);
                Socket other = dial(ranks, 0)) {
            send(other, hello(ranks.id(), 1, 0, 3));
            assertGathers(ranks);
            assertThat(answer(other)).isEqualTo("2: world size is 3 there and 2 here");
        }
    }

    @Test
    void shouldNameTheRanksThatAreMissingAtTheDeadline() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(4)) {
            Communicator dialed = ranks.create(2, SHORT);

            assertThatThrownBy(dialed::connect)
                    .isInstanceOfSatisfying(
                            ConnectTimeoutException.class,
                            e -> assertThat(e.missingRanks()).containsExactly(0, 1, 3))
                    .hasMessageContaining("rank 0 at " + ranks.addresses().get(0) + " has not answered")
                    .hasMessageContaining("rank 3 at " + ranks.addresses().get(3) + " has not dialed");
            assertThatThrownBy(dialed::connect).isInstanceOf(CollectiveAbortedException.class);
            dialed.close();
        }
    }

    @Test
    void shouldDialAgainWhileThePeerIsBusyWithAnotherGroup() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(2)) {
            Future<Boolean> ahead = ranks.submit(() -> connects(ranks.backend(1), ranks.group(1, ranks.id(), LONG)));
            Future<Boolean> behind = ranks.submit(() -> {
                assertThatThrownBy(() -> connects(ranks.backend(0), ranks.group(0, STRANGE_ID, SHORT)))
                        .isInstanceOf(ConnectTimeoutException.class);
                return connects(ranks.backend(0), ranks.group(0, ranks.id(), LONG));
            });

            assertThat(TcpRanks.outcome(behind).get()).isTrue();
            assertThat(TcpRanks.outcome(ahead).get()).isTrue();
        }
    }

    /** A planned epoch's group and the one that follows an abort may connect at the same time, through the same sockets. */
    @Test
    void shouldConnectTwoGroupsOfTheSameRanksAtTheSameTime() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(2)) {
            ExecutorService threads = Executors.newFixedThreadPool(4);
            try {
                List<Future<Boolean>> connecting = new ArrayList<>();
                for (CommunicatorId id : List.of(ranks.id(), STRANGE_ID)) {
                    for (int rank = 0; rank < 2; rank++) {
                        TcpCollectiveBackend backend = ranks.backend(rank);
                        var group = new GroupSpec("1.1", id, rank, ranks.addresses(), LONG);
                        connecting.add(threads.submit(() -> connects(backend, group)));
                    }
                }
                for (Future<Boolean> one : connecting) {
                    assertThat(TcpRanks.outcome(one).get()).isTrue();
                }
            } finally {
                threads.shutdownNow();
            }
        }
    }

    @Test
    void shouldConnectTheNextGroupWhenTheOneBeforeWasAbortedHalfWay() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(3)) {
            Communicator half = ranks.backend(0).create(ranks.group(0, STRANGE_ID, LONG));
            Future<Object> waiting = connecting(ranks, half);
            try (Socket early = dial(ranks, 0)) {
                send(early, hello(STRANGE_ID, 1, 0, 3));
                assertThat(answer(early)).isEqualTo("0: ");

                Future<Boolean> next = ranks.submit(() -> connectsAsOneOfTwo(ranks, 1));
                half.abort("the plan is off");

                assertThat(TcpRanks.outcome(waiting).failure()).isInstanceOf(CollectiveAbortedException.class);
                half.close();
                assertThat(connectsAsOneOfTwo(ranks, 0)).isTrue();
                assertThat(TcpRanks.outcome(next).get()).isTrue();
            }
        }
    }

    private static boolean connectsAsOneOfTwo(TcpRanks ranks, int rank) {
        List<InetSocketAddress> two = ranks.addresses().subList(0, 2);
        return connects(ranks.backend(rank), new GroupSpec("2.1", ranks.id(), rank, two, LONG));
    }

    @Test
    void shouldSayWhatAPeerOfAnotherGroupConnects() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(2)) {
            Communicator other = ranks.backend(0).create(ranks.group(0, STRANGE_ID, LONG));
            Future<Object> waiting = ranks.submit(() -> {
                other.connect();
                return "connected";
            });
            try (Communicator communicator = ranks.create(1, ENOUGH_FOR_AN_ANSWER)) {
                assertThatThrownBy(communicator::connect)
                        .isInstanceOf(ConnectTimeoutException.class)
                        .hasMessageContaining("rank 0 connects communicator 00000000 of epoch 1.1");
            }
            other.abort("enough");
            assertThat(TcpRanks.outcome(waiting).failure()).isInstanceOf(CollectiveAbortedException.class);
            other.close();
        }
    }

    @Test
    void shouldTellWhoSitsAtAWrongAddress() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(3)) {
            List<InetSocketAddress> right = ranks.addresses();
            List<InetSocketAddress> swapped = List.of(right.get(1), right.get(0), right.get(2));
            Communicator first = ranks.create(0, LONG);
            Communicator second = ranks.create(1, LONG);
            Future<Object> firstConnecting = connecting(ranks, first);
            Future<Object> secondConnecting = connecting(ranks, second);
            Communicator misled = ranks.backend(2).create(new GroupSpec("1.1", ranks.id(), 2, swapped, LONG));

            assertThatThrownBy(misled::connect)
                    .isInstanceOf(PeerRefusedException.class)
                    .hasMessageMatching(".*this is rank (0, not rank 1|1, not rank 0)");

            first.abort("rank 2 failed");
            second.abort("rank 2 failed");
            assertThat(TcpRanks.outcome(firstConnecting).failure()).hasMessageContaining("rank 2 failed");
            assertThat(TcpRanks.outcome(secondConnecting).failure()).hasMessageContaining("rank 2 failed");
            List.of(first, second, misled).forEach(Communicator::close);
        }
    }

    /** Another group had let the connection in, and sent it away when it was complete itself. */
    @Test
    void shouldDialAgainWhenItsConnectionIsClosedWithoutAnAnswer() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(2);
                ServerSocket elsewhere = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Communicator dialing = ranks.backend(1)
                        .create(new GroupSpec(
                                "1.1",
                                ranks.id(),
                                1,
                                List.of(
                                        (InetSocketAddress) elsewhere.getLocalSocketAddress(),
                                        ranks.addresses().get(1)),
                                LONG))) {
            Future<Object> connecting = connecting(ranks, dialing);
            elsewhere.accept().close();
            try (Socket again = elsewhere.accept()) {
                again.getInputStream().readNBytes(Handshake.HELLO_BYTES);
                again.getOutputStream()
                        .write(Handshake.answer(Handshake.Status.ACCEPTED, "").array());
                assertThat(TcpRanks.outcome(connecting).get()).isEqualTo("connected");
            }
        }
    }

    @Test
    void shouldNameAPeerThatListensNoLonger() throws Exception {
        try (TcpRanks ranks = TcpRanks.open(2);
                Communicator communicator = ranks.create(1, LONG)) {
            ranks.backend(0).close();

            assertThatThrownBy(communicator::connect)
                    .isInstanceOfSatisfying(
                            PeerLostException.class, e -> assertThat(e.rank()).isZero())
                    .hasMessageContaining("rank 0 at " + ranks.addresses().get(0) + " cannot be reached");
        }
    }

    @Test
    void shouldRefuseOperationsBeforeItIsConnected() {
        try (TcpRanks ranks = TcpRanks.open(1);
                Communicator communicator = ranks.create(0, LONG)) {
            DeviceView view = ranks.device(0).allocate(4).view(0, 4);

            assertThatThrownBy(() -> communicator.broadcast(view, 0)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void shouldRefuseGroupsThatCannotBe() {
        try (TcpRanks ranks = TcpRanks.open(1)) {
            List<InetSocketAddress> peers = ranks.addresses();
            assertThatThrownBy(() -> new GroupSpec("1.1", ranks.id(), 1, peers, LONG))
                    .hasMessage("rank is 1, allowed are 0 to 0");
            assertThatThrownBy(() -> new GroupSpec("1.1", ranks.id(), 0, List.of(), LONG))
                    .hasMessageContaining("empty");
            assertThatThrownBy(() -> new GroupSpec("1.1", ranks.id(), 0, peers, Duration.ZERO))
                    .hasMessageContaining("above zero");
            CommunicatorId longId = CommunicatorId.of(new byte[128]);
            assertThatThrownBy(() -> ranks.backend(0).create(new GroupSpec("1.1", longId, 0, peers, LONG)))
                    .hasMessageContaining("128 bytes, tcp needs 16");
            InetSocketAddress unknown = InetSocketAddress.createUnresolved("nowhere.invalid", 1);
            assertThatThrownBy(
                            () -> ranks.backend(0).create(new GroupSpec("1.1", ranks.id(), 0, List.of(unknown), LONG)))
                    .hasMessageContaining("rank 0 is not known");
        }
    }

    @Test
    void shouldMakeIdsThatDiffer() {
        try (TcpRanks ranks = TcpRanks.open(1)) {
            CommunicatorId id = ranks.backend(0).createId();

            assertThat(id).isNotEqualTo(ranks.backend(0).createId());
            assertThat(CommunicatorId.of(id.toByteArray())).isEqualTo(id).hasSameHashCodeAs(id);
            assertThat(id.toByteArray()).hasSize(16);
        }
    }

    @Test
    void shouldListenOnAFreePort() {
        try (TcpRanks ranks = TcpRanks.open(2)) {
            assertThat(ranks.addresses())
                    .doesNotHaveDuplicates()
                    .allSatisfy(address -> assertThat(address.getPort()).isPositive());
        }
    }

    @Test
    void shouldRefuseAnOperationDeadlineOutOfRange() {
        TcpConfig defaults = TcpConfig.defaults();
        assertThat(defaults.bindAddress().isLoopbackAddress()).isTrue();
        assertThat(defaults.operationDeadline()).isEqualTo(Duration.ofSeconds(60));
        assertThatThrownBy(() -> new TcpConfig(defaults.bindAddress(), Duration.ZERO))
                .hasMessageContaining("operationDeadline is PT0S");
        assertThatThrownBy(() -> new TcpConfig(defaults.bindAddress(), Duration.ofHours(2)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static void assertGathers(TcpRanks ranks) throws InterruptedException {
        List<Outcome<float[]>> outcomes = ranks.outcomes(rank -> {
            DeviceView receive = rank.empty(2);
            rank.communicator().allGather(rank.floats(rank.rank() + 1), receive);
            return rank.read(receive);
        });
        assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome.get()).containsExactly(1, 2));
    }

    private static boolean connects(TcpCollectiveBackend backend, GroupSpec group) {
        try (Communicator communicator = backend.create(group)) {
            communicator.connect();
            return true;
        }
    }

    private static Future<Object> connecting(TcpRanks ranks, Communicator communicator) {
        return ranks.submit(() -> {
            communicator.connect();
            return "connected";
        });
    }

    private static Socket dial(TcpRanks ranks, int rank) throws IOException {
        InetSocketAddress address = ranks.addresses().get(rank);
        Socket socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout(30_000);
        return socket;
    }

    private static byte[] hello(CommunicatorId id, int fromRank, int toRank, int worldSize) {
        byte[] bytes = new byte[36];
        ByteBuffer hello = ByteBuffer.wrap(bytes);
        hello.put("CXSW".getBytes(StandardCharsets.US_ASCII)).putInt(1).put(id.toByteArray());
        hello.putInt(fromRank).putInt(toRank).putInt(worldSize);
        return bytes;
    }

    private static void send(Socket socket, byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    private static String answer(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        assertThat(in.readInt()).isEqualTo(0x43585357);
        int status = in.readInt();
        byte[] reason = in.readNBytes(in.readInt());
        return status + ": " + new String(reason, StandardCharsets.UTF_8);
    }
}
