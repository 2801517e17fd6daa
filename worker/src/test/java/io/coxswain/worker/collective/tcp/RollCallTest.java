package io.coxswain.worker.collective.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.worker.collective.CommunicatorId;
import io.coxswain.worker.collective.ConnectTimeoutException;
import io.coxswain.worker.collective.Deadline;
import io.coxswain.worker.collective.EpochGate;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.collective.PeerLostException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RollCallTest {
    private static final int RANKS = 3;
    private static final CommunicatorId LONG_ID = CommunicatorId.of(new byte[128]);

    private final ExecutorService threads = Executors.newFixedThreadPool(RANKS);
    private final List<RollCallHost> hosts = new ArrayList<>();
    private final List<RollCall> calls = new ArrayList<>();

    @BeforeEach
    void openAll() {
        for (int rank = 0; rank < RANKS; rank++) {
            hosts.add(RollCallHost.open(InetAddress.getLoopbackAddress()));
        }
        List<InetSocketAddress> addresses =
                hosts.stream().map(RollCallHost::localAddress).toList();
        for (int rank = 0; rank < RANKS; rank++) {
            var group = new GroupSpec("5", LONG_ID, rank, addresses, Duration.ofSeconds(30));
            calls.add(hosts.get(rank).rollCall(group, new EpochGate("5")));
        }
    }

    @AfterEach
    void closeAll() {
        calls.forEach(RollCall::close);
        hosts.forEach(RollCallHost::close);
        threads.shutdownNow();
    }

    private static Deadline deadline(long millis) {
        return Deadline.after(Duration.ofMillis(millis), System::nanoTime);
    }

    private void meetAll() throws InterruptedException {
        List<Future<Boolean>> meeting = calls.stream()
                .map(call -> threads.submit(() -> {
                    call.meet(deadline(30_000), System::nanoTime);
                    return true;
                }))
                .toList();
        for (Future<Boolean> future : meeting) {
            assertThat(TcpRanks.outcome(future).get()).isTrue();
        }
    }

    @Test
    void shouldEndWhenAllAreReadyThoughSomeLeaveBeforeOthersLook() throws Exception {
        meetAll();
        List<Future<Boolean>> concluding = calls.stream()
                .map(call -> threads.submit(() -> {
                    call.concludeReady(deadline(30_000));
                    call.close();
                    return true;
                }))
                .toList();

        for (Future<Boolean> future : concluding) {
            assertThat(TcpRanks.outcome(future).get()).isTrue();
        }
    }

    @Test
    void shouldNameTheRanksThatAreNotReadyAtTheDeadline() throws Exception {
        meetAll();
        Future<Boolean> other = threads.submit(() -> {
            assertThatThrownBy(() -> calls.get(0).concludeReady(deadline(300))).isInstanceOf(Exception.class);
            return true;
        });

        assertThatThrownBy(() -> calls.get(1).concludeReady(deadline(3_000)))
                .isInstanceOfSatisfying(
                        ConnectTimeoutException.class,
                        late -> assertThat(late.missingRanks()).containsExactly(2))
                .hasMessageContaining("are not ready: rank 2 at " + hosts.get(2).localAddress());
        assertThat(TcpRanks.outcome(other).get()).isTrue();
        assertThat(calls.get(2).notReady().missingRanks()).isSubsetOf(0, 1);
    }

    @Test
    void shouldNameARankThatLeavesBeforeItIsReady() throws Exception {
        meetAll();
        calls.get(0).check();
        calls.get(2).close();

        assertThatThrownBy(() -> {
                    while (true) {
                        calls.get(0).check();
                    }
                })
                .isInstanceOfSatisfying(
                        PeerLostException.class, lost -> assertThat(lost.rank()).isEqualTo(2));
        assertThatThrownBy(() -> calls.get(1).concludeReady(deadline(30_000)))
                .isInstanceOfSatisfying(
                        PeerLostException.class, lost -> assertThat(lost.rank()).isEqualTo(2));
    }
}
