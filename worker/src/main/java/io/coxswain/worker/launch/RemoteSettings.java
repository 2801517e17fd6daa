package io.coxswain.worker.launch;

import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the launchers of other hosts are started.
 *
 * @param ssh words of the command that starts another on a host; the host and the command follow
 * @param home where the project lies there
 * @param endpoint where they meet; null: on the first host, at the default port
 * @param job its name
 */
public record RemoteSettings(
        HostList hosts,
        List<String> ssh,
        String home,
        @Nullable InetSocketAddress endpoint,
        String job) {
    public RemoteSettings {
        ssh = List.copyOf(ssh);
    }
}
