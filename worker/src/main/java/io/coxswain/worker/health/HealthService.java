package io.coxswain.worker.health;

import java.util.Arrays;
import java.util.Optional;

/** What may be asked for. */
public enum HealthService {
    /** Whether the worker has begun: its device is open, and it asks a coordinator to take it. */
    STARTUP("startup"),
    /** Whether the steps of its group progress, or all have said that there is no work. */
    READINESS("readiness"),
    /** Whether its own threads turn. Nothing that others do, or fail to do, makes it fail. */
    LIVENESS("liveness");

    private final String serviceName;

    HealthService(String serviceName) {
        this.serviceName = serviceName;
    }

    /** As gRPC's health protocol names it; the empty name asks for liveness. */
    static Optional<HealthService> named(String name) {
        return name.isEmpty()
                ? Optional.of(LIVENESS)
                : Arrays.stream(values())
                        .filter(service -> service.serviceName.equals(name))
                        .findFirst();
    }

    /** As gRPC's health protocol names it. */
    public String serviceName() {
        return serviceName;
    }
}
