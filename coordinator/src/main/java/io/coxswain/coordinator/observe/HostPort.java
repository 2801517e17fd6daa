package io.coxswain.coordinator.observe;

import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * A TCP address in words: host name or address, and port. Nothing is resolved. Immutable.
 *
 * @param host a host name, an IPv4 address, or an IPv6 address in brackets
 * @param port 1 to 65535
 */
public record HostPort(String host, int port) {
    private static final int LARGEST_PORT = 65535;

    /**
     * Reads {@code HOST:PORT}.
     *
     * @throws IllegalArgumentException if the text is not of that form or the port is out of range
     */
    public static HostPort parse(String text) {
        URI uri;
        try {
            uri = new URI("tcp://" + text);
        } catch (URISyntaxException e) {
            throw refusal(text, e);
        }
        if (uri.getHost() == null
                || uri.getPort() < 1
                || uri.getPort() > LARGEST_PORT
                || !text.equals(uri.getHost() + ":" + uri.getPort())) {
            throw refusal(text, null);
        }
        return new HostPort(uri.getHost(), uri.getPort());
    }

    private static IllegalArgumentException refusal(String text, @Nullable Exception cause) {
        return new IllegalArgumentException(
                "address '" + text + "': HOST:PORT is needed, with a port of 1 to " + LARGEST_PORT
                        + " and an IPv6 address in brackets",
                cause);
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
