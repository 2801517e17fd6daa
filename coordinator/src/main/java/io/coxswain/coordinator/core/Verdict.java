package io.coxswain.coordinator.core;

import java.util.List;
import java.util.stream.Stream;

/**
 * Who is to blame, and why; the same text serves the log, the status and the error.
 *
 * @param culprits places, first the one learned of first; empty where nobody is known to be to blame
 * @param reason culprit and evidence, for people
 */
public record Verdict(List<Integer> culprits, String reason) {

    /** Copies the list. */
    public Verdict {
        culprits = List.copyOf(culprits);
    }

    static Verdict blameless(String reason) {
        return new Verdict(List.of(), reason);
    }

    /** The same with one more to blame. */
    Verdict with(int culprit) {
        return culprits.contains(culprit)
                ? this
                : new Verdict(
                        Stream.concat(culprits.stream(), Stream.of(culprit)).toList(), reason);
    }

    /** The same with what came on top of it. */
    Verdict because(String more) {
        return new Verdict(culprits, reason + "; " + more);
    }
}
