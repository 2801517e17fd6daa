package io.coxswain.worker.launch;

import io.coxswain.types.DurationText;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What the launchers of a job's nodes have to agree on, by flag. Pure. */
final class EqualSettings {
    /** Where a host's own libraries lie is its own business. */
    private static final Set<WorkerOption> OF_EACH_HOST = EnumSet.of(WorkerOption.CUDA_LIBRARIES);

    private EqualSettings() {}

    /** Those that were given, and those that have a default of the launcher's own. */
    static Map<String, String> of(LaunchConfig config) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("--nnodes", config.nodes().count().toString());
        settings.put("--on-loss", config.resilience().onLoss().word());
        settings.put("--verify", Boolean.toString(config.verification() == LaunchConfig.Verification.EVERY_ROW));
        settings.put("--join-timeout", DurationText.format(config.deadlines().join()));
        settings.put("--step-timeout", DurationText.format(config.deadlines().step()));
        for (CoordinatorWait wait : CoordinatorWait.values()) {
            settings.put(wait.flag(), DurationText.format(config.resilience().wait(wait)));
        }
        Integer maxRestarts = config.resilience().maxRestarts();
        if (maxRestarts != null) {
            settings.put("--max-restarts", maxRestarts.toString());
        }
        config.worker().options().forEach((option, value) -> {
            if (!OF_EACH_HOST.contains(option)) {
                settings.put(option.flag(), value);
            }
        });
        CustomWorker custom = config.worker().custom();
        if (custom != null) {
            settings.put("--worker-main", custom.mainClass());
        }
        return settings;
    }
}
