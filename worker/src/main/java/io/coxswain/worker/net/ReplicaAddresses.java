package io.coxswain.worker.net;

import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Where a job's coordinators serve: one, or several replicas of which one leads. Immutable; nothing is looked up here.
 *
 * @param replicas host and port of each, unresolved; 1 to 64, distinct
 */
public record ReplicaAddresses(List<InetSocketAddress> replicas) {
    /** The highest port there is. */
    public static final int MAX_PORT = 65_535;

    private static final Pattern FORM = Pattern.compile("(.+):([0-9]{1,5})");
    private static final int MOST = 64;

    public ReplicaAddresses {
        replicas = List.copyOf(replicas);
        if (replicas.isEmpty() || replicas.size() > MOST) {
            throw new IllegalArgumentException("allowed are 1 to " + MOST + " addresses");
        }
        if (replicas.stream().distinct().count() < replicas.size()) {
            throw new IllegalArgumentException("allowed are distinct addresses");
        }
    }

    /**
     * Reads {@code HOST:PORT[,HOST:PORT...]}; an IPv6 address stands in brackets.
     *
     * @throws IllegalArgumentException saying what is allowed; the caller knows the flag and the text
     */
    public static ReplicaAddresses parse(String text) {
        return new ReplicaAddresses(Arrays.stream(text.split(",", -1))
                .map(ReplicaAddresses::parseOne)
                .toList());
    }

    private static InetSocketAddress parseOne(String text) {
        return read(text)
                .orElseThrow(() -> new IllegalArgumentException("allowed is HOST:PORT with a port of 1 to " + MAX_PORT
                        + ", or several with commas between them"));
    }

    /** Reads {@code HOST:PORT} with a port of 1 to {@value #MAX_PORT}; empty where it is something else. Looks nothing up. */
    public static Optional<InetSocketAddress> read(String text) {
        Matcher matcher = FORM.matcher(text);
        if (matcher.matches()) {
            String host = matcher.group(1).replaceAll("^\\[|]$", "");
            int port = Integer.parseInt(matcher.group(2));
            if (!host.isBlank() && port >= 1 && port <= MAX_PORT) {
                return Optional.of(InetSocketAddress.createUnresolved(host, port));
            }
        }
        return Optional.empty();
    }

    /** Of one coordinator. */
    public static ReplicaAddresses of(String host, int port) {
        return new ReplicaAddresses(List.of(InetSocketAddress.createUnresolved(host, port)));
    }

    /** Whether there is no other coordinator to go to. */
    public boolean isSingle() {
        return replicas.size() == 1;
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        return replicas.stream()
                .map(address -> bracketed(address.getHostString()) + ":" + address.getPort())
                .collect(Collectors.joining(","));
    }

    private static String bracketed(String host) {
        return host.indexOf(':') < 0 ? host : "[" + host + "]";
    }
}
