package io.coxswain.worker.launch;

import io.coxswain.types.DurationText;
import io.coxswain.v1.NodeDown;
import io.coxswain.v1.NodeHeartbeat;
import io.coxswain.v1.NodeHello;
import io.coxswain.v1.NodeUp;
import io.coxswain.v1.WorkerStarted;
import io.coxswain.worker.launch.rendezvous.Applicant;
import io.coxswain.worker.launch.rendezvous.Assigned;
import io.coxswain.worker.launch.rendezvous.Gathering;
import io.coxswain.worker.launch.rendezvous.Gathering.Refusal;
import io.coxswain.worker.launch.rendezvous.Gathering.Standing;
import io.coxswain.worker.launch.rendezvous.RendezvousServer;
import io.coxswain.worker.launch.rendezvous.RendezvousServer.Link;
import io.grpc.Status;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Node 0's side of a launch of several nodes: gathers them, and hears from then on what happens at each. Owned by the launcher's
 * thread, to which the server's posts.
 */
final class NodeHost implements RendezvousServer.Listener, AutoCloseable {
    private static final Duration SAY_INTERVAL = Duration.ofSeconds(3);
    private static final Duration TICK = Duration.ofMillis(200);

    private final Desk desk;
    private final Gathering gathering;
    private final Applicant self;
    private final Duration silenceLimit;
    /** All whose hello was accepted, by the link's id. */
    private final Map<Integer, Guest> guests = new HashMap<>();

    private @Nullable RendezvousServer server;
    private @Nullable Beats beats;
    private @Nullable Listener listener;
    private boolean isComplete;
    private boolean isNewlyChanged = true;
    private long saidNanos;

    /** Hears of the other nodes, on the launcher's thread, once the group is complete. */
    interface Listener extends Node.Listener {
        /** A node's launcher was told to end by a signal; its workers end. */
        void onNodeLeaving(RemoteNode node, int signal);

        /** Nothing is heard of a node any more, nor of its workers. */
        void onNodeLost(RemoteNode node, String why);
    }

    /** One that has joined. */
    private static final class Guest {
        private final Link link;
        private final Applicant applicant;
        private final Silence silence;
        private @Nullable RemoteNode node;

        Guest(Link link, Applicant applicant, Silence silence) {
            this.link = link;
            this.applicant = applicant;
            this.silence = silence;
        }
    }

    private NodeHost(LaunchConfig config, Desk desk, Applicant self) {
        this.desk = desk;
        this.self = self;
        NodeSettings.Rendezvous rendezvous = config.nodes().rendezvous();
        this.gathering = new Gathering(
                new Gathering.Rules(config.nodes().count(), rendezvous.lastCall(), rendezvous.timeout()),
                self,
                desk.loop().nanoTime());
        this.silenceLimit = config.resilience().wait(CoordinatorWait.HEARTBEAT_TIMEOUT);
    }

    /**
     * Starts to listen.
     *
     * @throws IOException when the address cannot be bound
     */
    static NodeHost open(LaunchConfig config, Desk desk, Applicant self, InetSocketAddress bind) throws IOException {
        NodeHost host = new NodeHost(config, desk, self);
        host.server = RendezvousServer.start(bind, host);
        host.beats = Beats.start(desk.loop(), config.resilience().wait(CoordinatorWait.HEARTBEAT_INTERVAL), host::beat);
        return host;
    }

    /**
     * Waits until all nodes are there, and says meanwhile who is missing.
     *
     * @return all; empty: not enough came, or a signal did
     */
    Optional<Standing.Complete> gather() throws InterruptedException {
        while (desk.state().signal().isEmpty()) {
            Standing standing = gathering.at(desk.loop().nanoTime());
            if (standing instanceof Standing.Complete complete) {
                isComplete = true;
                seat(complete.nodes());
                return Optional.of(complete);
            }
            if (standing instanceof Standing.TimedOut timedOut) {
                desk.terminal().news("coxswain: the nodes did not come together in time: " + timedOut.text());
                refuseAll(
                        Status.ABORTED.withDescription("the nodes did not come together in time: " + timedOut.text()));
                return Optional.empty();
            }
            if (standing instanceof Standing.Waiting waiting) {
                say(waiting.text());
            }
            desk.loop().runUntil(() -> isNewlyChanged || desk.state().signal().isPresent(), TICK);
        }
        refuseAll(Status.ABORTED.withDescription("node 0 was told to end by a signal"));
        return Optional.empty();
    }

    private void say(String text) {
        long now = desk.loop().nanoTime();
        if (!isNewlyChanged && now - saidNanos < SAY_INTERVAL.toNanos()) {
            return;
        }
        isNewlyChanged = false;
        saidNanos = now;
        desk.terminal().news("coxswain: " + text);
        NodeDown message = NodeDown.newBuilder()
                .setGathering(io.coxswain.v1.Gathering.newBuilder().setText(text))
                .build();
        guests.values().forEach(guest -> guest.link.send(message));
    }

    private void seat(List<Assigned> nodes) {
        for (Assigned assigned : nodes) {
            if (assigned.id() != Gathering.HOST_ID) {
                Guest guest = Objects.requireNonNull(guests.get(assigned.id()));
                guest.node = new RemoteNode(assigned, guest.link);
            }
        }
    }

    private void refuseAll(Status status) {
        guests.values().forEach(guest -> guest.link.refuse(status));
        guests.clear();
    }

    /** The other nodes, in the order of their ranks. */
    List<RemoteNode> nodes() {
        return guests.values().stream()
                .flatMap(guest -> Optional.ofNullable(guest.node).stream())
                .sorted((a, b) -> Integer.compare(a.rank(), b.rank()))
                .toList();
    }

    /** From now on it is told what happens at the other nodes. */
    void listen(Listener next) {
        listener = next;
    }

    /** Tells all nodes how the job has ended. */
    void over(LaunchEnding.Conclusion conclusion) {
        nodes().forEach(node -> node.over(conclusion));
        guests.clear();
    }

    private void beat() {
        long now = desk.loop().nanoTime();
        NodeDown message = NodeDown.newBuilder()
                .setHeartbeat(NodeHeartbeat.getDefaultInstance())
                .build();
        for (Guest guest : new ArrayList<>(guests.values())) {
            guest.link.send(message);
            if (guest.silence.isTooLong(now)) {
                guest.link.refuse(Status.ABORTED.withDescription("node 0 has heard nothing of this node"));
                lose(guest, "nothing has been heard of it for " + DurationText.format(silenceLimit));
            }
        }
    }

    @Override
    public void onMessage(Link link, NodeUp message) {
        desk.loop().post(() -> {
            Guest guest = guests.get(link.id());
            if (guest != null) {
                guest.silence.heard(desk.loop().nanoTime());
                if (guest.node != null && listener != null) {
                    tell(guest.node, message, listener);
                }
            } else if (message.hasHello()) {
                onHello(link, message.getHello());
            }
        });
    }

    @Override
    public void onClosed(Link link, String why) {
        desk.loop().post(() -> {
            Guest guest = guests.get(link.id());
            if (guest != null) {
                guest.link.complete();
                lose(guest, why);
            }
        });
    }

    private void lose(Guest guest, String why) {
        guests.remove(guest.link.id());
        if (!isComplete) {
            gathering.leave(guest.link.id(), desk.loop().nanoTime());
            isNewlyChanged = true;
            desk.terminal().news("coxswain: " + guest.applicant.location() + " is gone again: " + why);
        } else if (guest.node != null && listener != null) {
            listener.onNodeLost(guest.node, why);
        }
    }

    private void onHello(Link link, NodeHello hello) {
        Applicant applicant = NodeMessages.applicant(hello);
        Optional<Refusal> refusal = refusal(link, applicant);
        if (refusal.isEmpty()) {
            long now = desk.loop().nanoTime();
            guests.put(link.id(), new Guest(link, applicant, new Silence(silenceLimit, now)));
            isNewlyChanged = true;
            return;
        }
        desk.terminal()
                .news("coxswain: " + applicant.location() + ", pid "
                        + applicant.location().pid() + ", cannot join: "
                        + refusal.get().reason());
        link.refuse(
                refusal.get() instanceof Refusal.Mismatch
                        ? Status.INVALID_ARGUMENT.withDescription(refusal.get().reason())
                        : Status.FAILED_PRECONDITION.withDescription(
                                refusal.get().reason()));
    }

    private Optional<Refusal> refusal(Link link, Applicant applicant) {
        if (isComplete) {
            return Optional.of(new Refusal.NotHere("the launch has begun without this node"));
        }
        if (Reachability.isLoopback(self.location().address()) && !link.isFromLoopback()) {
            return Optional.of(new Refusal.Mismatch("--advertise-address: '"
                    + self.location().address()
                    + "' is refused on node 0; allowed is an address at which other hosts reach it"));
        }
        return gathering.join(link.id(), applicant, desk.loop().nanoTime());
    }

    /** What a node says of places that are not its own is no word of it. */
    private static void tell(RemoteNode node, NodeUp message, Listener to) {
        switch (message.getMessageCase()) {
            case STARTED -> {
                WorkerStarted started = message.getStarted();
                if (node.share().has(started.getPlace())) {
                    var seat = new ChildGroup.Seat(started.getPlace(), started.getAttempt());
                    to.onWorkerStarted(seat, Integer.toUnsignedLong(started.getPid()));
                }
            }
            case ENDED -> {
                if (node.share().has(message.getEnded().getPlace())) {
                    to.onWorkerEnd(NodeMessages.end(message.getEnded()));
                }
            }
            case LEAVING -> to.onNodeLeaving(node, message.getLeaving().getSignal());
            case HELLO, HEARTBEAT, MESSAGE_NOT_SET -> {
                // That it was heard is noted.
            }
        }
    }

    @Override
    public void close() {
        if (beats != null) {
            beats.close();
        }
        if (server != null) {
            server.close();
        }
    }
}
