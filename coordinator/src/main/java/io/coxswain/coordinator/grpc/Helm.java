package io.coxswain.coordinator.grpc;

import io.coxswain.coordinator.core.JobMemory;
import io.coxswain.coordinator.engine.Engine;
import io.coxswain.coordinator.engine.EngineListener;
import io.coxswain.coordinator.engine.Scheduler;
import io.coxswain.coordinator.replica.Office;
import io.coxswain.coordinator.replica.ReplicaView;
import io.coxswain.coordinator.store.ReplicaProcess;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** Whether this coordinator leads, and with which engine. Owned by the event loop. */
final class Helm implements Office {

    private final Setup setup;
    private @Nullable LeaderDesk desk;
    private @Nullable ReplicaView view;

    /**
     * What an engine is made with.
     *
     * @param socketPath the step service's Unix socket; empty where there is none
     * @param probes told whether it leads and what it sees, whenever that changes
     */
    record Setup(String socketPath, StepEncoder encoder, Scheduler loop, Probes probes) {}

    Helm(Setup setup) {
        this.setup = setup;
    }

    /** Where workers are served; null where this coordinator does not lead. */
    @Nullable
    LeaderDesk desk() {
        return desk;
    }

    /** What a replica that does not lead knows; null before it knows anything. */
    @Nullable
    ReplicaView view() {
        return view;
    }

    /** What everybody is told who wants something that only the leader has. */
    Status unavailable() {
        ReplicaView known = view;
        ReplicaProcess leader = known == null ? null : known.store().leader();
        return Status.UNAVAILABLE.withDescription("this coordinator stands by; "
                + (leader == null ? "it knows of no leader" : "the leader is " + leader));
    }

    @Override
    public void lead(Engine.Reign reign, EngineListener listener) {
        if (desk != null) {
            throw new IllegalStateException("term " + reign.term() + " begins before the last one has ended");
        }
        var watchers = new MemberWatchers();
        var transport = new GrpcTransport(new ControlEncoder(setup.socketPath()), setup.encoder(), watchers);
        var engine = new Engine(reign, System::nanoTime, new Engine.Surroundings(transport, setup.loop(), listener));
        desk = new LeaderDesk(engine, watchers);
        engine.start();
        setup.probes().leading();
    }

    @Override
    public void standBy(String reason) {
        LeaderDesk before = desk;
        if (before != null) {
            desk = null;
            setup.probes().standingBy();
            before.close(Status.UNAVAILABLE.withDescription("this coordinator does not lead any more: " + reason));
        }
    }

    @Override
    public long highestPromise() {
        return desk == null ? 0 : desk.engine().highestPromise();
    }

    @Override
    public JobMemory memory() {
        return desk == null ? JobMemory.NONE : desk.engine().memory();
    }

    @Override
    public void show(ReplicaView next) {
        view = next;
        setup.probes().sees(next.replicas());
    }
}
