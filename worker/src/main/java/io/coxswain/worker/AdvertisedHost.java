package io.coxswain.worker;

import io.coxswain.worker.net.RouteAddress;
import java.io.IOException;
import java.net.InetAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which host this worker tells its peers. */
final class AdvertisedHost {

    private static final Logger LOG = LoggerFactory.getLogger(AdvertisedHost.class);
    private static final long PAUSE_MILLIS = 250;

    private AdvertisedHost() {}

    /**
     * What it was told; or what it listens on; or, where that is every address, the one of the route to the coordinator, whose name it
     * waits for as long as it waits for the coordinator.
     *
     * @throws IOException if that is not known in time
     */
    static String of(WorkerConfig.Network network) throws IOException, InterruptedException {
        String told = network.listen().advertiseAddress();
        if (told != null) {
            return told;
        }
        String bind = network.listen().bind();
        if (!InetAddress.getByName(bind).isAnyLocalAddress()) {
            return bind;
        }
        long deadlineNanos = System.nanoTime() + network.joinTimeout().toNanos();
        while (true) {
            try {
                String found = RouteAddress.towards(network.coordinator()).getHostAddress();
                LOG.info("peers are told {}, the address of the route to {}", found, network.coordinator());
                return found;
            } catch (IOException unknown) {
                if (System.nanoTime() - deadlineNanos > 0) {
                    throw new IOException(
                            "--advertise-address is not given, and there is no route to " + network.coordinator()
                                    + " to take it from: " + unknown.getMessage(),
                            unknown);
                }
                Thread.sleep(PAUSE_MILLIS);
            }
        }
    }
}
