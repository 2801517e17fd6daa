package io.coxswain.coordinator.store;

/**
 * A replica's process.
 *
 * @param host the name of its host
 * @param pid its process id there
 * @param address host:port of its gRPC services
 */
public record ReplicaProcess(String host, long pid, String address) {

    @Override
    public String toString() {
        return address + " (" + host + ", pid " + pid + ")";
    }
}
