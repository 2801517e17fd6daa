package io.coxswain.worker.launch;

import io.coxswain.v1.GetStatusResponse;
import java.util.HashMap;
import java.util.Map;

/**
 * What was decided under all coordinators of the job, for each counts from the beginning of its own reign. Of one that died, what
 * it decided after its last answer is not known and is missing: as many steps as go by between two answers. Owned by the
 * launcher's thread.
 */
final class TermTotals {
    /** Of the reigns that are over. */
    private GetStatusResponse earlier = GetStatusResponse.getDefaultInstance();

    private GetStatusResponse latest = GetStatusResponse.getDefaultInstance();

    /**
     * The answer with the decisions and tokens of earlier coordinators; instead of a deposed coordinator's, the latest one of its
     * successor.
     */
    GetStatusResponse withEarlier(GetStatusResponse answer) {
        long term = answer.getTerm().getNumber();
        if (term < latest.getTerm().getNumber()) {
            return sum(latest, earlier);
        }
        if (term > latest.getTerm().getNumber()) {
            earlier = sum(latest, earlier);
        }
        latest = answer;
        return sum(answer, earlier);
    }

    private static GetStatusResponse sum(GetStatusResponse one, GetStatusResponse other) {
        return one.toBuilder()
                .setRunDecisions(one.getRunDecisions() + other.getRunDecisions())
                .setIdleDecisions(one.getIdleDecisions() + other.getIdleDecisions())
                .setRealTokens(one.getRealTokens() + other.getRealTokens())
                .setPaddedTokens(one.getPaddedTokens() + other.getPaddedTokens())
                .putAllGraphModes(sum(one.getGraphModesMap(), other.getGraphModesMap()))
                .putAllDescriptors(sum(one.getDescriptorsMap(), other.getDescriptorsMap()))
                .build();
    }

    private static <K> Map<K, Long> sum(Map<K, Long> one, Map<K, Long> other) {
        Map<K, Long> both = new HashMap<>(one);
        other.forEach((key, count) -> both.merge(key, count, Long::sum));
        return both;
    }
}
