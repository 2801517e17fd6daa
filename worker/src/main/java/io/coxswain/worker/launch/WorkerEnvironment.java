package io.coxswain.worker.launch;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * The environment of the workers of this node: what torchrun sets for its own, and what a worker of any language needs to find its
 * job. A pure function of the configuration.
 */
final class WorkerEnvironment {
    private static final int DEFAULT_RESTARTS = 10;

    private final LaunchConfig config;
    private final Machine machine;
    private final Topology topology;

    WorkerEnvironment(LaunchConfig config, Machine machine, Topology topology) {
        this.config = config;
        this.machine = machine;
        this.topology = topology;
    }

    Map<String, String> of(ChildGroup.Seat seat, CommandLines.Peers peers) {
        Map<String, String> variables = new TreeMap<>();
        addRanks(variables, seat.place());
        addElastic(variables, seat.attempt());
        variables.put("MASTER_ADDR", topology.master().address());
        variables.put("MASTER_PORT", Integer.toString(topology.master().port()));
        variables.put("COXSWAIN_COORDINATOR", peers.coordinator());
        variables.put("COXSWAIN_FEED", peers.feed());
        variables.put("COXSWAIN_JOB", config.job());
        variables.put("COXSWAIN_ATTEMPT", Integer.toString(seat.attempt()));
        variables.put("COXSWAIN_BIND", topology.reach().bind());
        variables.put("COXSWAIN_ADVERTISE_ADDRESS", topology.reach().address());
        variables.put("OPENBLAS_NUM_THREADS", Integer.toString(coresPerWorker()));
        variables.put("OMP_NUM_THREADS", Integer.toString(coresPerWorker()));
        healthPort(seat.place()).ifPresent(port -> variables.put("COXSWAIN_HEALTH_PORT", Integer.toString(port)));
        gpu(seat.place()).ifPresent(gpu -> variables.put("CUDA_VISIBLE_DEVICES", gpu));
        return variables;
    }

    private void addRanks(Map<String, String> variables, int place) {
        String worldSize = Integer.toString(topology.worldSize());
        variables.put("RANK", Integer.toString(place));
        variables.put("WORLD_SIZE", worldSize);
        variables.put("LOCAL_RANK", Integer.toString(topology.localRank(place)));
        variables.put("LOCAL_WORLD_SIZE", Integer.toString(topology.share().localWorkers()));
        variables.put("GROUP_RANK", Integer.toString(topology.share().nodeRank()));
        variables.put("GROUP_WORLD_SIZE", Integer.toString(topology.nodeCount()));
        variables.put("ROLE_NAME", "default");
        variables.put("ROLE_RANK", Integer.toString(place));
        variables.put("ROLE_WORLD_SIZE", worldSize);
    }

    private void addElastic(Map<String, String> variables, int attempt) {
        Integer given = config.resilience().maxRestarts();
        int standard = config.resilience().onLoss() == OnLoss.FAIL ? 0 : DEFAULT_RESTARTS;
        variables.put("TORCHELASTIC_RESTART_COUNT", Integer.toString(attempt));
        variables.put("TORCHELASTIC_MAX_RESTARTS", Integer.toString(given == null ? standard : given));
        variables.put("TORCHELASTIC_RUN_ID", config.job());
    }

    /**
     * The GPU that is a worker's alone, as CUDA_VISIBLE_DEVICES names it. Empty: it is not to have one, or there are fewer than
     * workers, which is for the worker to judge.
     */
    Optional<String> gpu(int place) {
        List<String> gpus = machine.gpus();
        boolean cpu = "cpu".equals(config.worker().options().get(WorkerOption.DEVICE));
        return cpu || gpus.size() < topology.share().localWorkers()
                ? Optional.empty()
                : Optional.of(gpus.get(topology.localRank(place)));
    }

    private OptionalInt healthPort(int place) {
        Integer ofNode = config.nodes().addresses().healthPort();
        return ofNode == null
                ? OptionalInt.empty()
                : OptionalInt.of(NodeHealth.workerPort(ofNode, topology.localRank(place)));
    }

    int coresPerWorker() {
        return Math.max(1, machine.processors() / topology.share().localWorkers());
    }
}
