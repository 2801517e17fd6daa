package io.coxswain.coordinator.observe;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds the coordinator that a command is about. Stateless. */
final class JobLocator {

    private JobLocator() {}

    /**
     * The address of the coordinator, or of each of its replicas.
     *
     * @throws SeveralJobsException if nothing says which of several jobs is meant
     * @throws IOException if there is no such job, or the directory cannot be read
     */
    static List<HostPort> locate(StatusSettings settings) throws IOException {
        if (!settings.coordinators().isEmpty()) {
            return settings.coordinators().stream().flatMap(JobLocator::all).toList();
        }
        Path directory = settings.jobDirectory();
        JobRegistry registry =
                new JobRegistry(directory == null ? JobRegistry.defaultDirectory(System.getenv()) : directory);
        JobEntry entry = pick(registry, settings.job());
        return entry.replicas().isEmpty()
                ? List.of(HostPort.parse(entry.address()))
                : entry.replicas().stream()
                        .map(replica -> HostPort.parse(replica.address()))
                        .toList();
    }

    /** A name that stands for several addresses is that of all replicas. One that is unknown stays: whoever asks there says so. */
    private static Stream<HostPort> all(HostPort named) {
        InetAddress[] addresses;
        try {
            addresses = InetAddress.getAllByName(named.host());
        } catch (UnknownHostException unknown) {
            return Stream.of(named);
        }
        return addresses.length == 1
                ? Stream.of(named)
                : Arrays.stream(addresses).map(address -> new HostPort(text(address), named.port()));
    }

    private static String text(InetAddress address) {
        return address instanceof Inet6Address ? "[" + address.getHostAddress() + "]" : address.getHostAddress();
    }

    private static JobEntry pick(JobRegistry registry, @Nullable String name) throws IOException {
        if (name != null) {
            return registry.find(name).orElseThrow(() -> noJob("no job '" + name + "' runs", registry));
        }
        List<JobEntry> jobs = registry.list();
        if (jobs.isEmpty()) {
            throw noJob("no job runs", registry);
        }
        if (jobs.size() > 1) {
            throw new SeveralJobsException(jobs);
        }
        return jobs.get(0);
    }

    private static IOException noJob(String what, JobRegistry registry) {
        return new IOException(
                what + " on this machine (looked in " + registry.directory() + "); --coordinator names one elsewhere");
    }

    /** Several jobs run here, and nothing says which is meant. */
    static final class SeveralJobsException extends IOException {
        private static final long serialVersionUID = 1L;

        SeveralJobsException(List<JobEntry> jobs) {
            super(jobs.size() + " jobs run on this machine, --job NAME picks one:\n"
                    + StatusTable.ofJobs(jobs).stripTrailing());
        }
    }
}
