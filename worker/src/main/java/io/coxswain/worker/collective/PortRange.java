package io.coxswain.worker.collective;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The ports that a listener may take. A NetworkPolicy or a firewall can only let in a range that is known.
 *
 * @param least 1 to 65535; 0 where the system picks
 * @param most the last one, included
 */
public record PortRange(int least, int most) {

    /** Any that is free, as the system picks it. */
    public static final PortRange ANY = new PortRange(0, 0);

    private static final int MAX_PORT = 65_535;
    private static final Pattern FORM = Pattern.compile("([0-9]{1,5})-([0-9]{1,5})");

    /** Refuses what is no range. */
    public PortRange {
        boolean isAny = least == 0 && most == 0;
        if (!isAny && (least < 1 || most < least || most > MAX_PORT)) {
            throw new IllegalArgumentException(
                    "ports are " + least + "-" + most + "; allowed is 1 <= MIN <= MAX <= " + MAX_PORT);
        }
    }

    /**
     * Reads "MIN-MAX".
     *
     * @throws IllegalArgumentException naming the flag, the text and what is allowed
     */
    public static PortRange parse(String flag, String text) {
        Matcher matcher = FORM.matcher(text);
        if (matcher.matches()) {
            int least = Integer.parseInt(matcher.group(1));
            int most = Integer.parseInt(matcher.group(2));
            if (least >= 1 && least <= most && most <= MAX_PORT) {
                return new PortRange(least, most);
            }
        }
        throw new IllegalArgumentException(
                "--" + flag + " is " + text + "; allowed is MIN-MAX with 1 <= MIN <= MAX <= " + MAX_PORT);
    }

    @Override
    public String toString() {
        return equals(ANY) ? "any port" : "ports " + least + "-" + most;
    }
}
