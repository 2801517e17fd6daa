package io.coxswain.worker.launch.rendezvous;

import java.util.Map;
import java.util.OptionalInt;

/**
 * A node's launcher as it presents itself.
 *
 * @param runId the job's name; empty: whatever node 0 says
 * @param wish the node rank it was told to have; empty: any
 * @param settings what has to be equal on all nodes, by flag
 */
public record Applicant(
        String runId, OptionalInt wish, Location location, int localWorkers, Map<String, String> settings) {
    public Applicant {
        settings = Map.copyOf(settings);
    }

    /**
     * Where a launcher runs.
     *
     * @param host its name, for people
     * @param address where the others reach its workers
     * @param pid of the launcher
     */
    public record Location(String host, String address, long pid) {
        @Override
        public String toString() {
            return host + ", " + address;
        }
    }
}
