package io.coxswain.sim;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a simulation came to.
 *
 * @param decided RUN decisions
 * @param faults how often each kind has happened
 * @param occurrences what came of them
 * @param violation null where all invariants held
 * @param history one line an event, where it was kept
 */
record Outcome(
        int decided,
        Map<FaultKind, Integer> faults,
        Map<Occurrence, Integer> occurrences,
        @Nullable Violation violation,
        List<String> history) {}
