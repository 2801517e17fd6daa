package io.coxswain.coordinator.grpc;

import io.coxswain.coordinator.store.Replicas;
import io.grpc.BindableService;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;

/**
 * The coordinator's health services. Clients look for the one that leads by the service {@code ""}; whoever runs the
 * processes asks the others, which a replica that stands by passes as well. Told by the event loop; {@link #close} may be
 * called on any thread.
 */
public final class Probes {

    /** SERVING once the process has joined the other replicas' store, or leads. */
    public static final String STARTUP = "startup";

    /** SERVING while the process sees a majority of the replicas, or leads. */
    public static final String READINESS = "readiness";

    /** Always SERVING: the event loop itself has to answer, so no answer comes from one that does not turn any more. */
    public static final String LIVENESS = "liveness";

    private final HealthStatusManager health = new HealthStatusManager();
    private boolean leads;
    private boolean seesMajority;

    Probes() {
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.NOT_SERVING);
        health.setStatus(STARTUP, ServingStatus.NOT_SERVING);
        health.setStatus(READINESS, ServingStatus.NOT_SERVING);
        health.setStatus(LIVENESS, ServingStatus.SERVING);
    }

    BindableService service() {
        return health.getHealthService();
    }

    void leading() {
        leads = true;
        health.setStatus(STARTUP, ServingStatus.SERVING);
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.SERVING);
        judgeReadiness();
    }

    void standingBy() {
        leads = false;
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.NOT_SERVING);
        judgeReadiness();
    }

    /** The store is joined, and these are seen there. */
    void sees(Replicas replicas) {
        seesMajority = replicas.isMajority();
        health.setStatus(STARTUP, ServingStatus.SERVING);
        judgeReadiness();
    }

    private void judgeReadiness() {
        health.setStatus(READINESS, leads || seesMajority ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
    }

    /** Nothing is SERVING from now on. */
    void close() {
        health.enterTerminalState();
    }
}
