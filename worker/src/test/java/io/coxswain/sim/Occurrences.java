package io.coxswain.sim;

import java.util.EnumMap;
import java.util.Map;

/** How often each has happened. */
final class Occurrences {

    private final Map<Occurrence, Integer> counts = new EnumMap<>(Occurrence.class);

    void happened(Occurrence what) {
        counts.merge(what, 1, Integer::sum);
    }

    Map<Occurrence, Integer> counts() {
        return counts;
    }
}
