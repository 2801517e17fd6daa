package io.coxswain.coordinator.store;

import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.config.ListenerConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.coxswain.coordinator.store.ReplicaRefusedException.Kind;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a replica comes to the others, and why it may not. Stateless; every method blocks. */
final class Joining {

    private static final Logger LOG = LoggerFactory.getLogger(Joining.class);
    private static final int ANSWER_MILLIS = 300;
    /** With which members of Hazelcast's begin to speak to each other, both of them. */
    private static final byte[] GREETING = "HZC".getBytes(StandardCharsets.US_ASCII);

    private static final int BACKLOG = 1;
    private static final String PORT_TAKEN_TEXT = "is already in use";

    private Joining() {}

    static HazelcastInstance join(HazelcastStore.Identity identity, Peers peers) throws ReplicaRefusedException {
        requireFree(peers.own());
        HazelcastInstance hazelcast;
        var turnedAway = new TurnedAway();
        Config config = HazelcastSettings.config(identity, peers).addListenerConfig(new ListenerConfig(turnedAway));
        try {
            hazelcast = Hazelcast.newHazelcastInstance(config);
        } catch (RuntimeException failed) { // Hazelcast says by nothing but its text what is wrong
            throw new ReplicaRefusedException(
                    TakenPort.isWhy(failed, PORT_TAKEN_TEXT) ? Kind.PORT_TAKEN : Kind.NOT_STARTED,
                    "the replica at " + text(peers.own()) + " does not start: " + failed,
                    failed);
        }
        try {
            requireSameSchema(hazelcast, identity);
            requireSameJob(hazelcast, identity, turnedAway);
        } catch (ReplicaRefusedException refused) {
            hazelcast.getLifecycleService().terminate();
            throw refused;
        }
        return hazelcast;
    }

    /** Hazelcast would say so only in a text. Somebody may take the port in between: then it does say so. */
    private static void requireFree(InetSocketAddress own) throws ReplicaRefusedException {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(own, BACKLOG);
        } catch (IOException taken) {
            throw new ReplicaRefusedException(
                    Kind.PORT_TAKEN,
                    "the replica's address " + text(own) + " cannot be bound: " + taken.getMessage(),
                    taken);
        }
    }

    private static void requireSameSchema(HazelcastInstance hazelcast, HazelcastStore.Identity identity)
            throws ReplicaRefusedException {
        Member self = hazelcast.getCluster().getLocalMember();
        String ours = Integer.toString(identity.schema());
        for (Member member : hazelcast.getCluster().getMembers()) {
            if (member.equals(self)) {
                return; // who joins later is refused by itself
            }
            String theirs = MemberAttributes.schema(member);
            if (!theirs.equals(ours)) {
                throw new ReplicaRefusedException(
                        Kind.OTHER_SCHEMA,
                        "the replica at " + MemberAttributes.address(member) + " has schema " + theirs
                                + " of the store, this one has " + ours
                                + ": replicas of one job have to be of one version",
                        null);
            }
        }
    }

    /** Who found fellows is right, whoever else is there; who is alone and was turned away is wrong. */
    private static void requireSameJob(
            HazelcastInstance hazelcast, HazelcastStore.Identity identity, TurnedAway turnedAway)
            throws ReplicaRefusedException {
        if (turnedAway.by().isEmpty()) {
            return;
        }
        String what = "the replica at " + turnedAway.by().get(0)
                + " is one of another job: its cluster has another name than " + identity.cluster();
        if (hazelcast.getCluster().getMembers().size() > 1) {
            LOG.warn("{}", what);
            return;
        }
        throw new ReplicaRefusedException(Kind.OTHER_JOB, what, null);
    }

    /** Whether a member of Hazelcast's answers at one of the addresses. */
    static boolean isAnyAwake(List<InetSocketAddress> addresses) {
        return addresses.stream().anyMatch(Joining::isAwake);
    }

    /** A frozen process's kernel takes connections all the same: what counts is the answer to a greeting. */
    private static boolean isAwake(InetSocketAddress address) {
        try (var socket = new Socket()) {
            socket.connect(address, ANSWER_MILLIS);
            socket.setSoTimeout(ANSWER_MILLIS);
            socket.getOutputStream().write(GREETING);
            return Arrays.equals(socket.getInputStream().readNBytes(GREETING.length), GREETING);
        } catch (IOException nobody) {
            LOG.debug("nobody answers at {}", address, nobody);
            return false;
        }
    }

    static String text(InetSocketAddress address) {
        return address.getHostString() + ":" + address.getPort();
    }
}
