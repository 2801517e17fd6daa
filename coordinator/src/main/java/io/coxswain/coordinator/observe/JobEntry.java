package io.coxswain.coordinator.observe;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.regex.Pattern;

/**
 * What the registry says of one running job. Immutable; its file holds one JSON object with these members.
 *
 * @param job the job's name, 1 to 128 characters of {@code [A-Za-z0-9._-]}
 * @param host name of the host the coordinator runs on, for people
 * @param pid process id of the coordinator on that host, at least 1
 * @param address {@code host:port} that serves the job
 * @param term number of the coordinator's term, 0 while it has none
 * @param replicas the job's coordinators on this host that may lead it, this one included; empty where there is only this one
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record JobEntry(
        @JsonProperty(required = true) String job,
        @JsonProperty(required = true) String host,
        @JsonProperty(required = true) long pid,
        @JsonProperty(required = true) String address,
        @JsonProperty(required = true) long term,

        @JsonInclude(JsonInclude.Include.NON_EMPTY) @JsonProperty
        List<Replica> replicas) {
    private static final Pattern JOB = Pattern.compile("[A-Za-z0-9._-]{1,128}");

    /**
     * One of the job's coordinators on this host.
     *
     * @param pid its process id
     * @param address {@code host:port} of its services
     */
    public record Replica(
            @JsonProperty(required = true) long pid,
            @JsonProperty(required = true) String address) {}

    /** A job with one coordinator. */
    public JobEntry(String job, String host, long pid, String address, long term) {
        this(job, host, pid, address, term, List.of());
    }

    /**
     * Checks each member.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public JobEntry {
        requireJob(job);
        replicas = replicas == null ? List.of() : List.copyOf(replicas);
        Objects.requireNonNull(host, "host");
        HostPort.parse(Objects.requireNonNull(address, "address"));
        if (pid < 1) {
            throw new IllegalArgumentException("pid " + pid + ": at least 1 is needed");
        }
        if (term < 0) {
            throw new IllegalArgumentException("term " + term + ": 0 or more is needed");
        }
    }

    /**
     * Returns the name if a job may be called so: it becomes part of a file's name.
     *
     * @throws IllegalArgumentException if not
     */
    static String requireJob(String job) {
        if (!JOB.matcher(Objects.requireNonNull(job, "job")).matches()) {
            throw new IllegalArgumentException(
                    "job '" + job + "': 1 to 128 characters of A-Z, a-z, 0-9, '.', '_' and '-' are needed");
        }
        return job;
    }

    /** Whether the other is an entry of the same job by another of its coordinators. */
    boolean isFellowOf(JobEntry other) {
        return names(other.pid) || other.names(pid);
    }

    private boolean names(long process) {
        return replicas.stream().anyMatch(replica -> replica.pid() == process);
    }

    /** This entry, or where its process has ended what another replica of the job can be found by; empty where none lives. */
    Optional<JobEntry> ifAlive(LongPredicate isAlive) {
        if (isAlive.test(pid)) {
            return Optional.of(this);
        }
        return replicas.stream()
                .filter(replica -> isAlive.test(replica.pid()))
                .findFirst()
                .map(replica -> new JobEntry(job, host, replica.pid(), replica.address(), term, replicas));
    }
}
