package io.coxswain.worker.launch;

import io.coxswain.v1.EndWorker;
import io.coxswain.v1.JobOver;
import io.coxswain.v1.NodeAssignment;
import io.coxswain.v1.NodeDown;
import io.coxswain.v1.StartWorker;
import io.coxswain.worker.launch.rendezvous.Assigned;
import io.coxswain.worker.launch.rendezvous.RendezvousServer.Link;

/** Another node's workers, as node 0 has them started and ended. Owned by the launcher's thread. */
final class RemoteNode implements Node {
    private final Assigned assigned;
    private final Link link;

    RemoteNode(Assigned assigned, Link link) {
        this.assigned = assigned;
        this.link = link;
    }

    int rank() {
        return assigned.rank();
    }

    Topology.Share share() {
        return new Topology.Share(
                assigned.rank(), assigned.firstPlace(), assigned.applicant().localWorkers());
    }

    @Override
    public String name() {
        return assigned.name();
    }

    @Override
    public String host() {
        return assigned.applicant().location().host();
    }

    /** Tells the node its part; before anything is started there. */
    void assign(Topology topology, CommandLines.Peers peers, String runId) {
        link.send(NodeDown.newBuilder()
                .setAssignment(NodeAssignment.newBuilder()
                        .setRunId(runId)
                        .setNodeRank(assigned.rank())
                        .setNodeCount(topology.nodeCount())
                        .setFirstPlace(assigned.firstPlace())
                        .setWorldSize(topology.worldSize())
                        .setCoordinator(peers.coordinator())
                        .setFeed(peers.feed())
                        .setMasterAddress(topology.master().address())
                        .setMasterPort(topology.master().port()))
                .build());
    }

    @Override
    public void start(ChildGroup.Seat seat) {
        link.send(NodeDown.newBuilder()
                .setStart(StartWorker.newBuilder().setPlace(seat.place()).setAttempt(seat.attempt()))
                .build());
    }

    @Override
    public void kill(int place) {
        send(EndWorker.newBuilder().setHow(EndWorker.How.HOW_KILL).setPlace(place));
    }

    @Override
    public void terminateAll() {
        send(EndWorker.newBuilder().setHow(EndWorker.How.HOW_TERMINATE));
    }

    @Override
    public void killAll() {
        send(EndWorker.newBuilder().setHow(EndWorker.How.HOW_KILL));
    }

    private void send(EndWorker.Builder end) {
        link.send(NodeDown.newBuilder().setEnd(end).build());
    }

    /** The job is over, and with it what there is to say. */
    void over(LaunchEnding.Conclusion conclusion) {
        link.send(NodeDown.newBuilder()
                .setOver(JobOver.newBuilder().setExitCode(conclusion.exitCode()).setText(conclusion.text()))
                .build());
        link.complete();
    }
}
