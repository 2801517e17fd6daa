package io.coxswain.worker.launch;

import io.coxswain.worker.launch.rendezvous.NodeCount;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The hosts that a launch is started on, in the order of their node ranks.
 *
 * @param hosts 1 to 1024, distinct
 */
public record HostList(List<Host> hosts) {
    private static final Pattern INLINE = Pattern.compile("([^\\s:,]+)(?::([0-9]{1,4}))?");
    private static final Pattern LINE =
            Pattern.compile("([^\\s:,=]+)(?:\\s+slots\\s*=\\s*([0-9]{1,4})|\\s*:\\s*([0-9]{1,4}))?");

    public HostList {
        hosts = List.copyOf(hosts);
    }

    /**
     * One of them.
     *
     * @param slots workers on it, at least 1
     */
    public record Host(String name, int slots) {}

    /**
     * Reads {@code h1:4,h2:4}; a host without a number has one worker.
     *
     * @throws IllegalArgumentException naming the flag, the text and what is allowed
     */
    public static HostList parse(String text) {
        List<Host> hosts = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            Matcher matcher = INLINE.matcher(part);
            if (!matcher.matches()) {
                throw LaunchConfig.refused("--hosts", text, "HOST[:WORKERS], several with commas between them");
            }
            hosts.add(new Host(matcher.group(1), slots("--hosts", part, matcher.group(2))));
        }
        return checked("--hosts", hosts);
    }

    /**
     * Reads the lines of a host file, {@code host slots=4}, {@code host:4} or {@code host}; what follows a # is no part of it.
     *
     * @throws IllegalArgumentException naming the line and what is allowed
     */
    public static HostList parseFile(String file, List<String> lines) {
        List<Host> hosts = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).replaceFirst("#.*", "").strip();
            if (line.isEmpty()) {
                continue;
            }
            Matcher matcher = LINE.matcher(line);
            String where = "--hostfile: " + file + ", line " + (i + 1);
            if (!matcher.matches()) {
                throw LaunchConfig.refused(where, line, "HOST, HOST slots=N or HOST:N");
            }
            String slots = matcher.group(2) == null ? matcher.group(3) : matcher.group(2);
            hosts.add(new Host(matcher.group(1), slots(where, line, slots)));
        }
        return checked("--hostfile", hosts);
    }

    private static int slots(String where, String text, @Nullable String slots) {
        int number = slots == null ? 1 : Integer.parseInt(slots);
        if (number < 1 || number > NodeSettings.MOST_WORKERS) {
            throw LaunchConfig.refused(where, text, "1 to " + NodeSettings.MOST_WORKERS + " workers on a host");
        }
        return number;
    }

    private static HostList checked(String flag, List<Host> hosts) {
        Set<String> names = new HashSet<>();
        for (Host host : hosts) {
            if (!names.add(host.name())) {
                throw LaunchConfig.refused(flag, host.name(), "each host once");
            }
        }
        if (hosts.isEmpty() || hosts.size() > NodeCount.MOST) {
            throw LaunchConfig.refused(flag, hosts.size() + " hosts", "1 to " + NodeCount.MOST + " hosts");
        }
        return new HostList(hosts);
    }
}
