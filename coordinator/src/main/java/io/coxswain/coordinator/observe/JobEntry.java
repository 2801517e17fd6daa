package io.coxswain.coordinator.observe;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * What the registry says of one running job. Immutable; its file holds one JSON object with these members.
 *
 * @param job the job's name, 1 to 128 characters of {@code [A-Za-z0-9._-]}
 * @param host name of the host the coordinator runs on, for people
 * @param pid process id of the coordinator on that host, at least 1
 * @param address {@code host:port} that serves the job
 * @param term number of the coordinator's term, 0 while it has none
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record JobEntry(
        @JsonProperty(required = true) String job,
        @JsonProperty(required = true) String host,
        @JsonProperty(required = true) long pid,
        @JsonProperty(required = true) String address,
        @JsonProperty(required = true) long term) {
    private static final Pattern JOB = Pattern.compile("[A-Za-z0-9._-]{1,128}");

    /**
     * Checks each member.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public JobEntry {
        requireJob(job);
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
}
