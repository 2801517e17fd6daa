package io.coxswain.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.coxswain.coordinator.grpc.Probes;
import io.coxswain.coordinator.observe.JobEntry;
import io.coxswain.coordinator.observe.JobRegistry;
import io.coxswain.types.ReservedPort;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.ReportExitResponse.Restart;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Three coordinators as processes, that are killed, frozen and told to stop. */
@Timeout(180)
class CoordinatorReplicasIT {

    private static final Logger LOG = LoggerFactory.getLogger(CoordinatorReplicasIT.class);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration LOOK = Duration.ofMillis(10);

    private final String job = "job-" + UUID.randomUUID();
    private final List<CoordinatorProcess> processes = new ArrayList<>();
    private final List<ReservedPort> ports = new ArrayList<>();

    @TempDir
    private Path directory;

    @BeforeEach
    void ports() throws IOException {
        for (int i = 0; i < 3; i++) {
            ports.add(ReservedPort.onLoopback());
        }
    }

    @AfterEach
    void close() throws InterruptedException, IOException {
        for (CoordinatorProcess process : processes) {
            process.close();
        }
        for (ReservedPort port : ports) {
            port.close();
        }
    }

    @Test
    void shouldNameTheLeaderOnEveryReplica() throws Exception {
        CoordinatorProcess leader = threeWithALeader();
        GetStatusResponse truth = leader.status();
        assertThat(truth.getReplica().getIsLeader()).isTrue();
        assertThat(truth.getState()).isEqualTo("joining");
        for (CoordinatorProcess standby : others(leader)) {
            await().atMost(PATIENCE).until(() -> standby.status().getLeader().equals(truth.getLeader()));
            GetStatusResponse status = standby.status();
            assertThat(status.getState()).isEqualTo("standby");
            assertThat(status.getTerm()).isEqualTo(truth.getTerm());
            assertThat(status.getReplica().getIsLeader()).isFalse();
            await().atMost(PATIENCE).until(() -> standby.isServing(Probes.READINESS));
            assertThat(standby.isServing()).isFalse();
            assertThat(status.getReplica().getDataAgeNanos()).isBetween(1L, 10_000_000_000L);
            assertThatThrownBy(() -> standby.restart(job, 0))
                    .hasMessageContaining("UNAVAILABLE: this coordinator stands by; the leader is "
                            + truth.getLeader().getAddress());
        }
        await().atMost(PATIENCE).until(() -> listed().replicas().size() == 3);
        assertThat(listed().address()).isEqualTo(truth.getLeader().getAddress());
    }

    @Test
    void shouldTakeOverFromAKilledLeaderWithWhatItKnew() throws Exception {
        CoordinatorProcess leader = threeWithALeader();
        long term = leader.status().getTerm().getNumber();
        assertThat(leader.restart(job, 0)).isEqualTo(Restart.RESTART_GRANTED);
        for (CoordinatorProcess standby : others(leader)) {
            await().atMost(PATIENCE).until(() -> standby.status().getRestarts() == 1);
        }

        long before = System.nanoTime();
        leader.signal("KILL");
        CoordinatorProcess next = leaderAmong(others(leader));

        took("a killed leader", before);
        assertThat(next.status().getTerm().getNumber()).isGreaterThan(term);
        assertThat(next.status().getRestarts()).isEqualTo(1);
        assertThat(next.restart(job, 1)).as("the budget of one restart is used").isEqualTo(Restart.RESTART_REFUSED);
    }

    @Test
    void shouldHandOverWhenToldToStop() throws Exception {
        CoordinatorProcess leader = threeWithALeader();

        long before = System.nanoTime();
        leader.signal("TERM");
        CoordinatorProcess next = leaderAmong(others(leader));

        took("a leader that was told to stop", before);
        assertThat(leader.exitCode()).isZero();
        assertThat(leader.log()).contains("HANDING_OVER -> STOPPED: handed over: ");
        await().atMost(PATIENCE).until(next::isServing);
    }

    @Test
    void shouldTakeOverFromAFrozenLeaderThatThenStandsBy() throws Exception {
        CoordinatorProcess leader = threeWithALeader();

        long before = System.nanoTime();
        leader.signal("STOP");
        await().atMost(PATIENCE).until(() -> !leader.isServing(Probes.LIVENESS));
        CoordinatorProcess next = leaderAmong(others(leader));
        took("a frozen leader", before);

        leader.signal("CONT");
        await().atMost(PATIENCE).until(() -> !leader.isServing());
        await().atMost(PATIENCE)
                .until(() -> leader.status()
                        .getLeader()
                        .getAddress()
                        .equals(next.status().getLeader().getAddress()));
        await().atMost(PATIENCE).until(() -> next.status().getReplica().getSeenCount() == 3);
        await().atMost(PATIENCE).until(next::isServing);
    }

    @Test
    void shouldNotLeadWithoutAMajority() throws Exception {
        CoordinatorProcess leader = threeWithALeader();
        CoordinatorProcess killed = others(leader).get(0);
        CoordinatorProcess last = others(leader).get(1);
        killed.signal("KILL");
        await().atMost(PATIENCE).until(() -> last.status().getReplica().getSeenCount() == 2);
        leader.signal("KILL");

        await().during(Duration.ofSeconds(8)).atMost(PATIENCE).until(() -> !last.isServing());
        await().atMost(PATIENCE).until(() -> !last.isServing(Probes.READINESS));
        await().atMost(PATIENCE).until(() -> last.isServing(Probes.STARTUP) && last.isServing(Probes.LIVENESS));

        CoordinatorProcess back = startReplica(processes.indexOf(killed));
        assertThat(back.address()).isNotNull();
        leaderAmong(List.of(last, back));
        await().atMost(PATIENCE).until(() -> last.isServing(Probes.READINESS) && back.isServing(Probes.READINESS));
    }

    @Test
    void shouldEndWithItsOwnCodeWhereItCannotBeAReplica() throws Exception {
        CoordinatorProcess first = startReplica(0);
        assertThat(first.address()).isNotNull();
        await().atMost(PATIENCE).until(() -> first.status().getReplica().getSeenCount() == 1);

        CoordinatorProcess stranger = start("other-" + job, "--replicas", replicas(), "--replica-address", replica(1));
        assertThat(stranger.exitCode()).isEqualTo(ExitCode.OTHER_JOB);
        assertThat(stranger.log()).contains(replica(0)).contains("another job");

        CoordinatorProcess second = startReplica(0);
        assertThat(second.exitCode()).isEqualTo(ExitCode.PORT_TAKEN);
        assertThat(second.log()).contains(replica(0));

        CoordinatorProcess nowhere = start(job, "--replicas", "no-such-host.invalid:1");
        assertThat(nowhere.exitCode()).isEqualTo(ExitCode.ADDRESS);
        assertThat(nowhere.log()).contains("no-such-host.invalid does not resolve");

        CoordinatorProcess anybody = start(job, "--replicas", replicas());
        assertThat(anybody.exitCode()).isEqualTo(ExitCode.ADDRESS);
        assertThat(anybody.log()).contains("--replica-address has to say");
    }

    private CoordinatorProcess threeWithALeader() throws IOException {
        for (int i = 0; i < ports.size(); i++) {
            startReplica(i);
        }
        for (CoordinatorProcess process : processes) {
            assertThat(process.address()).isNotNull();
        }
        for (CoordinatorProcess process : processes) {
            await().atMost(PATIENCE).until(() -> process.status().getReplica().getSeenCount() == 3);
        }
        return leaderAmong(processes);
    }

    private CoordinatorProcess startReplica(int index) throws IOException {
        return start(job, "--replicas", replicas(), "--replica-address", replica(index));
    }

    private CoordinatorProcess start(String name, String... flags) throws IOException {
        List<String> all = new ArrayList<>(
                List.of("--job", name, "--world-size", "2", "--on-loss", "wait", "--max-restarts", "1"));
        all.addAll(List.of(flags));
        CoordinatorProcess process = CoordinatorProcess.start(directory, all.toArray(String[]::new));
        processes.add(process);
        return process;
    }

    private String replica(int index) {
        return ports.get(index).address();
    }

    private String replicas() {
        return replica(0) + "," + replica(1) + "," + replica(2);
    }

    private List<CoordinatorProcess> others(CoordinatorProcess one) {
        return processes.stream().filter(process -> process != one).toList();
    }

    private static CoordinatorProcess leaderAmong(List<CoordinatorProcess> candidates) {
        return Objects.requireNonNull(await().pollInterval(LOOK)
                .atMost(PATIENCE)
                .until(
                        () -> candidates.stream()
                                .filter(CoordinatorProcess::isServing)
                                .findFirst()
                                .orElse(null),
                        Objects::nonNull));
    }

    private JobEntry listed() throws IOException {
        return new JobRegistry(directory).find(job).orElseThrow();
    }

    private static void took(String what, long beforeNanos) {
        LOG.info("{} was replaced after {} ms", what, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beforeNanos));
    }
}
