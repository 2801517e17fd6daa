package io.coxswain.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hazelcast.core.Hazelcast;
import io.coxswain.coordinator.core.DecisionSettings;
import io.coxswain.coordinator.core.JobMemory;
import io.coxswain.coordinator.core.JobSettings;
import io.coxswain.coordinator.core.MemberId;
import io.coxswain.coordinator.core.Reducer;
import io.coxswain.coordinator.core.VoteDefinition;
import io.coxswain.coordinator.election.ElectionInput.Outcome;
import io.coxswain.coordinator.election.Lease;
import io.coxswain.coordinator.store.CoordinatorStore.Swapped;
import io.coxswain.coordinator.store.ReplicaRefusedException.Kind;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real members of Hazelcast, several in this process. */
@Timeout(120)
class HazelcastStoreTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Lease FIRST = new Lease(1, 1, 0);

    private final String job = "job-" + UUID.randomUUID();

    @Test
    void shouldGiveTheLeaseToOneOfThoseWhoWantIt() throws Exception {
        List<InetSocketAddress> addresses = TestReplica.addresses(2);
        try (TestReplica one = TestReplica.among(job, addresses, 0);
                TestReplica two = TestReplica.among(job, addresses, 1)) {
            assertThat(one.store.swap(Lease.NONE, FIRST)).isEqualTo(new Swapped(Outcome.WRITTEN, FIRST));
            assertThat(two.store.swap(Lease.NONE, new Lease(1, 2, 0))).isEqualTo(new Swapped(Outcome.LOST, FIRST));

            StoreView seen = two.store.read();
            assertThat(seen.lease()).isEqualTo(FIRST);
            assertThat(seen.leader()).isEqualTo(new ReplicaProcess("node1", 1, "node1:1"));
        }
    }

    @Test
    void shouldKeepTheTermOfALeaseThatWasReleased() throws Exception {
        try (TestReplica one = TestReplica.alone(job)) {
            one.store.swap(Lease.NONE, FIRST);
            one.store.swap(FIRST, new Lease(1, 1, 1));

            Swapped released = one.store.swap(new Lease(1, 1, 1), new Lease(1, Lease.NOBODY, 1));

            assertThat(released.outcome()).isEqualTo(Outcome.WRITTEN);
            assertThat(one.store.read().highestTerm()).isEqualTo(1);
            assertThat(one.store.read().leader()).isNull();
        }
    }

    @Test
    void shouldRememberTheJobWhenItsLeaderIsGone() throws Exception {
        List<InetSocketAddress> addresses = TestReplica.addresses(2);
        try (TestReplica one = TestReplica.among(job, addresses, 0);
                TestReplica two = TestReplica.among(job, addresses, 1)) {
            one.store.swap(Lease.NONE, FIRST);
            one.store.remember(1, memory());
            // No write waits for the copy, which the other is to have by now.
            await().atMost(PATIENCE).until(HazelcastStoreTest::areCopiesMade);

            one.close();

            await().atMost(PATIENCE).until(() -> two.gone.contains(1L));
            StoreView seen = two.store.read();
            assertThat(seen.lease()).isEqualTo(FIRST);
            assertThat(seen.memory().settings()).isEqualTo(memory().settings());
            assertThat(seen.memory().places()).isEqualTo(memory().places());
            assertThat(seen.memory().highestEpoch()).isEqualTo(7);
            assertThat(seen.memory().restarts().granted()).isEqualTo(2);
            assertThat((double) seen.memory().restarts().agesNanos().get(0)).isBetween(5e9, 65e9);
            assertThat(two.store.swap(FIRST, new Lease(2, 2, 0)).outcome()).isEqualTo(Outcome.WRITTEN);
        }
    }

    @Test
    void shouldNotLetADeposedLeaderOverwriteItsSuccessor() throws Exception {
        try (TestReplica one = TestReplica.alone(job)) {
            one.store.remember(2, memory());
            one.store.end(2, new JobEnd(JobEnd.Kind.STOPPED, "done"));
            one.store.raiseTerm(9);

            one.store.remember(1, JobMemory.NONE);
            one.store.end(1, new JobEnd(JobEnd.Kind.FAILED, "lost"));
            one.store.raiseTerm(3);

            StoreView seen = one.store.read();
            assertThat(seen.memory().highestEpoch()).isEqualTo(7);
            assertThat(seen.end()).isEqualTo(new JobEnd(JobEnd.Kind.STOPPED, "done"));
            assertThat(seen.highestTerm()).isEqualTo(9);
        }
    }

    @Test
    void shouldTellTheOthersWhenTheLeaseChanges() throws Exception {
        List<InetSocketAddress> addresses = TestReplica.addresses(2);
        try (TestReplica one = TestReplica.among(job, addresses, 0);
                TestReplica two = TestReplica.among(job, addresses, 1)) {
            one.store.swap(Lease.NONE, FIRST);
            one.store.swap(FIRST, FIRST.released());

            await().atMost(PATIENCE).until(() -> two.leases.contains(FIRST.released()));
            assertThat(two.replicas.seen()).extracting(Replicas.Replica::id).containsExactlyInAnyOrder(1L, 2L);
        }
    }

    @Test
    void shouldWriteNothingWithoutAMajorityOfThree() throws Exception {
        List<InetSocketAddress> addresses = TestReplica.addresses(3);
        try (TestReplica one = TestReplica.among(job, addresses, 0)) {
            assertThat(one.replicas.isMajority()).isFalse();
            assertThatThrownBy(() -> one.store.swap(Lease.NONE, FIRST)).isInstanceOf(StoreException.class);

            try (TestReplica two = TestReplica.among(job, addresses, 1)) {
                await().atMost(PATIENCE).until(() -> one.replicas.isMajority());
                assertThat(two.store.swap(Lease.NONE, FIRST).outcome()).isEqualTo(Outcome.WRITTEN);
            }

            await().atMost(PATIENCE).until(() -> !one.replicas.isMajority());
            assertThatThrownBy(() -> one.store.swap(FIRST, new Lease(2, 1, 0))).isInstanceOf(StoreException.class);
            assertThat(one.store.read().lease()).isEqualTo(FIRST);
        }
    }

    @Test
    void shouldLookForTheOthersAgainWhereANameHadNobodyElseAtFirst() throws Exception {
        List<InetSocketAddress> addresses = TestReplica.addresses(3).stream()
                .map(address -> new InetSocketAddress(address.getHostString(), address.getPort()))
                .toList();
        var known = new CopyOnWriteArrayList<>(addresses.subList(0, 1));
        PeerLookup name = () -> new Peers(addresses.get(0), List.copyOf(known), 3);
        try (TestReplica one = TestReplica.by(job, 1, name);
                TestReplica two =
                        TestReplica.by(job, 2, () -> new Peers(addresses.get(1), addresses.subList(1, 2), 3))) {
            one.store.rejoin();
            assertThat(one.replicas.isMajority()).isFalse();

            known.addAll(addresses.subList(1, 3));
            await().atMost(PATIENCE).until(() -> {
                one.store.rejoin(); // again where the other is too busy to answer at once
                return one.replicas.isMajority();
            });

            await().atMost(PATIENCE).until(() -> two.replicas.isMajority());
        }
    }

    @Test
    void shouldRefuseToJoinTheReplicasOfAnotherJob() throws Exception {
        List<InetSocketAddress> addresses = TestReplica.addresses(2);
        try (TestReplica one = TestReplica.among("other-" + job, addresses, 0)) {
            assertThatThrownBy(() -> TestReplica.among(job, addresses, 1))
                    .isInstanceOfSatisfying(
                            ReplicaRefusedException.class,
                            e -> assertThat(e.kind()).isEqualTo(Kind.OTHER_JOB))
                    .hasMessageContaining("127.0.0.1:" + addresses.get(0).getPort())
                    .hasMessageContaining("coxswain-" + job);
            assertThat(one.replicas.seen()).hasSize(1);
        }
    }

    @Test
    void shouldRefuseToJoinReplicasOfAnotherSchema() throws Exception {
        List<InetSocketAddress> addresses = TestReplica.addresses(2);
        try (TestReplica one = TestReplica.among(job, addresses, 0)) {
            assertThatThrownBy(() -> TestReplica.ofSchema(1, job, addresses, 1))
                    .isInstanceOfSatisfying(
                            ReplicaRefusedException.class,
                            e -> assertThat(e.kind()).isEqualTo(Kind.OTHER_SCHEMA))
                    .hasMessageContaining("has schema 2 of the store, this one has 1");
            assertThat(one.replicas.seen()).hasSize(1);
        }
    }

    @Test
    void shouldSayWhichAddressCannotBeItsOwn() throws Exception {
        List<InetSocketAddress> addresses = TestReplica.addresses(2);
        assertRefused(
                PeerLookup.among(addresses, null),
                Kind.ADDRESS,
                "2 of --replicas are this machine's: --replica-address");
        var unknown = InetSocketAddress.createUnresolved("no-such-host.invalid", 1);
        assertRefused(PeerLookup.among(List.of(unknown), null), Kind.ADDRESS, "no-such-host.invalid does not resolve");
        var elsewhere = InetSocketAddress.createUnresolved("192.0.2.1", 1);
        assertRefused(
                PeerLookup.among(List.of(elsewhere), elsewhere), Kind.ADDRESS, "192.0.2.1:1 is not this machine's");
    }

    @Test
    void shouldSayThatItsPortIsTaken() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var own = InetSocketAddress.createUnresolved("127.0.0.1", taken.getLocalPort());
            assertThatThrownBy(() -> TestReplica.among(job, List.of(own), 0))
                    .isInstanceOfSatisfying(
                            ReplicaRefusedException.class,
                            e -> assertThat(e.kind()).isEqualTo(Kind.PORT_TAKEN))
                    .hasMessageContaining("127.0.0.1:" + taken.getLocalPort());
        }
    }

    @Test
    void shouldJoinAgainWithWhatTheOthersKnow() throws Exception {
        List<InetSocketAddress> addresses = TestReplica.addresses(2);
        try (TestReplica one = TestReplica.among(job, addresses, 0);
                TestReplica two = TestReplica.among(job, addresses, 1)) {
            one.store.swap(Lease.NONE, FIRST);

            two.store.rejoin();

            assertThat(two.store.read().lease()).isEqualTo(FIRST);
            await().atMost(PATIENCE).until(() -> two.replicas.seen().size() == 2);
        }
    }

    @Test
    void shouldKeepWhatItKnowsWhereOthersListenAndDoNotAnswer() throws Exception {
        List<InetSocketAddress> addresses = TestReplica.addresses(2);
        try (TestReplica one = TestReplica.among(job, addresses, 0);
                var frozen = new ServerSocket(addresses.get(1).getPort(), 1, InetAddress.getLoopbackAddress())) {
            assertThat(frozen.isBound()).isTrue();
            one.store.swap(Lease.NONE, FIRST);

            one.store.rejoin();

            assertThat(one.store.read().lease()).isEqualTo(FIRST);
        }
    }

    @Test
    void shouldHaveAStoreAgainAfterATryToJoinAgainHasFailed() throws Exception {
        List<InetSocketAddress> addresses = TestReplica.addresses(2);
        try (TestReplica one = TestReplica.among(job, addresses, 0)) {
            try (TestReplica other = TestReplica.among("other-" + job, addresses.subList(1, 2), 0)) {
                await().atMost(PATIENCE)
                        .untilAsserted(
                                () -> assertThatThrownBy(one.store::rejoin).isInstanceOf(StoreException.class));
                assertThat(other.replicas.seen()).hasSize(1);
            }
            assertThatThrownBy(one.store::read).isInstanceOf(StoreException.class);

            one.store.rejoin();

            assertThat(one.store.read().lease()).isEqualTo(Lease.NONE);
        }
    }

    private static boolean areCopiesMade() {
        return Hazelcast.getAllHazelcastInstances().stream()
                .allMatch(hazelcast -> hazelcast.getPartitionService().isClusterSafe());
    }

    private static void assertRefused(PeerLookup lookup, Kind kind, String text) {
        assertThatThrownBy(lookup::peers)
                .isInstanceOfSatisfying(
                        ReplicaRefusedException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(text);
    }

    private static JobMemory memory() {
        var votes = List.of(new VoteDefinition("finished", Reducer.ALL));
        var settings =
                new JobSettings(2, DecisionSettings.builder().votes(votes).build(), 2048, Map.of("model", "ffn"));
        return new JobMemory(
                settings,
                7,
                new JobMemory.EpochCounts(5, 2),
                new JobMemory.SpentRestarts(2, List.of(5_000_000_000L)),
                List.of(
                        new JobMemory.PlaceMemory(0, new MemberId(-3, 1), 0, 1, 1),
                        new JobMemory.PlaceMemory(1, null, 2, 3, 0)));
    }
}
