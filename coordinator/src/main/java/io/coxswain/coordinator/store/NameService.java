package io.coxswain.coordinator.store;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The machine's own addresses, and those of names. Stateless; blocks. */
final class NameService {

    static final long WAIT_SECONDS = 30;
    private static final long PAUSE_MILLIS = 500;

    private NameService() {}

    static List<InetSocketAddress> addresses(String name, int port) {
        try {
            return Arrays.stream(InetAddress.getAllByName(name))
                    .sorted(Comparator.comparing(InetAddress::getHostAddress))
                    .map(address -> new InetSocketAddress(address, port))
                    .toList();
        } catch (UnknownHostException notYet) {
            return List.of();
        }
    }

    static boolean isLocal(InetSocketAddress address) {
        try {
            return address.getAddress().isLoopbackAddress()
                    || NetworkInterface.getByInetAddress(address.getAddress()) != null;
        } catch (IOException unreadable) {
            throw new IllegalStateException("this machine's addresses cannot be read", unreadable);
        }
    }

    static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while looking for the replicas", interrupted);
        }
    }
}
