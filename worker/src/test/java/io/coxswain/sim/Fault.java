package io.coxswain.sim;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Something that the adversary does.
 *
 * @param step it happens after so many decided steps of the job
 * @param offsetMicros and so much later
 * @param place the worker that it happens to; without a meaning for some kinds
 * @param micros how long it lasts; without a meaning for some kinds
 */
record Fault(FaultKind kind, int step, long offsetMicros, int place, long micros) {

    private static final Pattern TEXT =
            Pattern.compile("after step (\\d+) and (\\d+) us: (\\w+) of place (\\d+) for (\\d+) us");

    /** Reads what {@link #toString} wrote. */
    static Fault parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is no fault; allowed is " + TEXT.pattern());
        }
        return new Fault(
                FaultKind.valueOf(matcher.group(3)),
                Integer.parseInt(matcher.group(1)),
                Long.parseLong(matcher.group(2)),
                Integer.parseInt(matcher.group(4)),
                Long.parseLong(matcher.group(5)));
    }

    @Override
    public String toString() {
        return "after step " + step + " and " + offsetMicros + " us: " + kind + " of place " + place + " for " + micros
                + " us";
    }
}
