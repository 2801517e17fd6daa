package io.coxswain.worker.launch.rendezvous;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many nodes a launch has.
 *
 * @param min with so many it goes on after the last call, 1 to {@link #MOST}
 * @param max with so many it goes on at once, min to {@link #MOST}
 */
public record NodeCount(int min, int max) {
    public static final int MOST = 1024;
    public static final NodeCount ONE = new NodeCount(1, 1);

    private static final Pattern FORM = Pattern.compile("([0-9]{1,4})(?::([0-9]{1,4}))?");

    public NodeCount {
        if (min < 1 || max < min || max > MOST) {
            throw new IllegalArgumentException("allowed is N or MIN:MAX with 1 <= MIN <= MAX <= " + MOST);
        }
    }

    /** Reads {@code N} or {@code MIN:MAX}; empty where it is something else. */
    public static Optional<NodeCount> read(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int min = Integer.parseInt(matcher.group(1));
        int max = matcher.group(2) == null ? min : Integer.parseInt(matcher.group(2));
        return min < 1 || max < min || max > MOST ? Optional.empty() : Optional.of(new NodeCount(min, max));
    }

    public boolean isFixed() {
        return min == max;
    }

    /** As {@link #read} reads it. */
    @Override
    public String toString() {
        return isFixed() ? Integer.toString(min) : min + ":" + max;
    }
}
