package io.coxswain.coordinator.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What has to be equal on all ranks of a job. The first member's settings become the job's.
 *
 * @param worldSize ranks of the job
 * @param decision what the decision's rules depend on
 * @param maxTokensPerStep the most tokens in one rank's batch
 * @param model whatever else must be equal, by name
 */
public record JobSettings(int worldSize, DecisionSettings decision, int maxTokensPerStep, Map<String, String> model) {

    /** Refuses values out of range by name. */
    public JobSettings {
        atLeastOne("world_size", worldSize);
        atLeastOne("max_tokens_per_step", maxTokensPerStep);
        model = Map.copyOf(model);
    }

    private static void atLeastOne(String field, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(field + " is " + value + "; allowed is 1 and above");
        }
    }

    /** The fields in which another's settings differ from these, each with both values; empty where they are equal. */
    public List<SettingDifference> differencesTo(JobSettings other) {
        List<SettingDifference> found = new ArrayList<>();
        compare(found, "world_size", worldSize, other.worldSize);
        found.addAll(decision.differencesTo(other.decision));
        compare(found, "max_tokens_per_step", maxTokensPerStep, other.maxTokensPerStep);
        var names = new TreeMap<>(model);
        names.putAll(other.model);
        for (String name : names.keySet()) {
            compare(found, "model." + name, model.get(name), other.model.get(name));
        }
        return found;
    }

    private static void compare(
            List<SettingDifference> found, String field, @Nullable Object ours, @Nullable Object theirs) {
        if (!Objects.equals(ours, theirs)) {
            found.add(new SettingDifference(field, String.valueOf(ours), String.valueOf(theirs)));
        }
    }
}
