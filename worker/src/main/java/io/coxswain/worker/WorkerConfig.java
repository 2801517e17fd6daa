package io.coxswain.worker;

import io.coxswain.v1.JobSettings;
import io.coxswain.v1.VoteDefinition;
import io.coxswain.worker.collective.PortRange;
import io.coxswain.worker.net.ReplicaAddresses;
import io.coxswain.worker.runner.BatchLimits;
import io.coxswain.worker.runner.JsonStepLog;
import io.coxswain.worker.runner.StepLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * All that a worker can be told. Immutable; refuses what is out of range by name.
 *
 * @param seat which rank of which job it is
 * @param network where it finds the others, and they it
 * @param batch the limits of its batches
 * @param rules what the decision's rules depend on
 * @param model what it computes
 * @param run how it runs
 */
public record WorkerConfig(Seat seat, Network network, BatchLimits batch, Rules rules, ModelChoice model, Run run) {

    /** The vote by which a rank says that it has nothing left to do; the coordinator knows it by this name. */
    public static final String FINISHED_VOTE = "finished";

    private static final Pattern JOB_NAME = Pattern.compile("[A-Za-z0-9._-]{1,128}");
    static final int MAX_WORLD_SIZE = 65_536;

    /**
     * Which rank of which job a worker is.
     *
     * @param job 1 to 128 letters, digits, dots, dashes and underscores; default coxswain
     * @param worldSize ranks of the job, 1 to 65536
     * @param place 0 to world size - 1
     * @param start which of the place's starts this is
     * @param labels what whoever started it calls it, for people: at most 16, with keys of 1 to 63 characters and values of at most
     *     253; default none
     */
    public record Seat(String job, int worldSize, int place, Start start, Map<String, String> labels) {

        private static final int MOST_LABELS = 16;
        private static final int LONGEST_KEY = 63;
        private static final int LONGEST_LABEL = 253;

        /** Refuses values out of range. */
        public Seat {
            if (!JOB_NAME.matcher(job).matches()) {
                throw refused("job", job, "1 to 128 letters, digits, dots, dashes and underscores");
            }
            between("world-size", worldSize, 1, MAX_WORLD_SIZE);
            between("place", place, 0, worldSize - 1);
            labels = Map.copyOf(labels);
            between("label count", labels.size(), 0, MOST_LABELS);
            labels.forEach((key, value) -> {
                if (key.isEmpty() || key.length() > LONGEST_KEY || value.length() > LONGEST_LABEL) {
                    throw refused(
                            "label",
                            key + "=" + value,
                            "a key of 1 to " + LONGEST_KEY + " characters and a value of at most " + LONGEST_LABEL);
                }
            });
        }
    }

    /**
     * Which start of its place a worker is.
     *
     * @param attempt how often the place was filled before, 0 and above; empty: the coordinator counts, which is the default
     * @param predecessor what is known of the place's former member; default UNKNOWN
     */
    public record Start(OptionalInt attempt, Predecessor predecessor) {

        /** Refuses values out of range. */
        public Start {
            between("attempt", attempt.orElse(0), 0, Integer.MAX_VALUE);
        }
    }

    /** What whoever started a worker knows of the former member of its place. */
    public enum Predecessor {
        /** There was none, or it may live. */
        UNKNOWN,
        /** Its process has ended: the worker counts for a quorum. */
        ENDED
    }

    /**
     * Where a worker finds the others, and they it.
     *
     * @param coordinator host:port of the coordinator, or of all of its replicas
     * @param feed host:port; null: this worker gets its work from elsewhere
     * @param listen where it listens
     * @param joinTimeout for all ranks to come; default 300 s
     * @param collectiveTimeout for one collective; default 120 s, a backstop behind the coordinator's step deadline
     */
    public record Network(
            ReplicaAddresses coordinator,
            @Nullable HostPort feed,
            Listen listen,
            Duration joinTimeout,
            Duration collectiveTimeout) {

        /** Refuses values out of range. */
        public Network {
            positive("join-timeout", joinTimeout);
            positive("collective-timeout", collectiveTimeout);
        }
    }

    /**
     * Where a worker listens.
     *
     * @param bind host to listen on for its peers' collectives; default 127.0.0.1
     * @param advertiseAddress host that peers use; null, the default: that of bind, or where that is all of the machine's addresses, the one
     *     that the route to the coordinator has
     * @param collectivePorts where its peers' collectives may be listened for; default ANY
     * @param healthPort where it answers for its health, 1 to 65535; null, the default: nowhere
     */
    public record Listen(
            String bind,
            @Nullable String advertiseAddress,
            PortRange collectivePorts,
            @Nullable Integer healthPort) {

        /** Refuses values out of range. */
        public Listen {
            notBlank("bind", bind);
            if (advertiseAddress != null) {
                notBlank("advertise-address", advertiseAddress);
            }
            if (healthPort != null) {
                between("health-port", healthPort, 1, ReplicaAddresses.MAX_PORT);
            }
        }
    }

    /** A host and a port, 1 to 65535. */
    public record HostPort(String host, int port) {

        /**
         * Reads "host:port"; an IPv6 address stands in brackets.
         *
         * @throws IllegalArgumentException naming the flag, the text and what is allowed
         */
        public static HostPort parse(String flag, String text) {
            return ReplicaAddresses.read(text)
                    .map(at -> new HostPort(at.getHostString(), at.getPort()))
                    .orElseThrow(
                            () -> refused(flag, text, "HOST:PORT with a port of 1 to " + ReplicaAddresses.MAX_PORT));
        }
    }

    /**
     * What the decision's rules depend on, equal on all ranks.
     *
     * @param captureSizes token counts that graphs exist for, ascending, 1 and above; default 1, 2, 4, 8 to 248 by 8, 256 to
     *     512 by 16
     * @param graphMode default FULL_AND_PIECEWISE
     * @param decodeQueryLength tokens of a request in a decode step, 1 and above; default 1
     * @param microbatches of a step, 1 and above; default 1, which is none
     * @param decodeThreshold smallest tokens of any rank at which a decode step is split; default 32
     * @param prefillThreshold the same for other steps; default 512
     */
    public record Rules(
            List<Integer> captureSizes,
            GraphSetting graphMode,
            int decodeQueryLength,
            int microbatches,
            int decodeThreshold,
            int prefillThreshold) {

        private static final int MOST_SIZES = 1024;

        /** Refuses values out of range. */
        public Rules {
            captureSizes = List.copyOf(captureSizes);
            between("capture-sizes count", captureSizes.size(), 0, MOST_SIZES);
            int previous = 0;
            for (int size : captureSizes) {
                if (size <= previous) {
                    throw refused("capture-sizes", captureSizes, "ascending numbers from 1");
                }
                previous = size;
            }
            between("decode-query-length", decodeQueryLength, 1, 1024);
            between("microbatches", microbatches, 1, 64);
            between("decode-threshold", decodeThreshold, 1, Integer.MAX_VALUE);
            between("prefill-threshold", prefillThreshold, 1, Integer.MAX_VALUE);
        }

        /** The sizes that serving engines capture by default. */
        public static List<Integer> defaultCaptureSizes() {
            List<Integer> sizes = new ArrayList<>(List.of(1, 2, 4));
            for (int size = 8; size <= 248; size += 8) {
                sizes.add(size);
            }
            for (int size = 256; size <= 512; size += 16) {
                sizes.add(size);
            }
            return sizes;
        }
    }

    /** The graph modes that a job can be set to. */
    public enum GraphSetting {
        NONE,
        PIECEWISE,
        FULL,
        FULL_DECODE_ONLY,
        FULL_AND_PIECEWISE
    }

    /**
     * How a worker runs.
     *
     * @param hardware what it runs on
     * @param verification whether it checks its rows against the unsharded reference
     * @param rehearsalSteps agreements that no job counts, before the first step, 0 to 1000000
     * @param patience how long it waits for what is not the job's
     * @param stepLog directory for the log of executed steps, made if it is missing; null: none is written
     */
    public record Run(
            HardwareConfig hardware,
            Verification verification,
            int rehearsalSteps,
            Patience patience,
            @Nullable Path stepLog) {

        private static final int MOST_REHEARSALS = 1_000_000;

        /** Refuses values out of range. */
        public Run {
            between("rehearsal-steps", rehearsalSteps, 0, MOST_REHEARSALS);
        }
    }

    /**
     * How long a worker waits for what its starter asks of it.
     *
     * @param readiness how long a step may take before the worker is not ready; default 10 s
     * @param drain how long after SIGTERM it may take to leave; default 4 s, which is longer than a planned change of membership takes on a
     *     busy machine, and shorter than the grace that launchers and kubelets give
     */
    public record Patience(Duration readiness, Duration drain) {

        /** Refuses values out of range. */
        public Patience {
            positive("readiness-limit", readiness);
            positive("drain-timeout", drain);
        }
    }

    /**
     * Reads where the coordinators are.
     *
     * @throws IllegalArgumentException naming the flag, the text and what is allowed
     */
    static ReplicaAddresses coordinators(String text) {
        try {
            return ReplicaAddresses.parse(text);
        } catch (IllegalArgumentException malformed) {
            throw new IllegalArgumentException("--coordinator is " + text + "; " + malformed.getMessage(), malformed);
        }
    }

    /** Whether a rank checks its rows. */
    public enum Verification {
        NONE,
        EVERY_ROW
    }

    /**
     * The settings that have to be equal on all ranks, as the hello carries them.
     *
     * @param collectives what the ranks' collectives run over: a rank on a GPU and one on a CPU cannot gather
     */
    JobSettings toJobSettings(String collectives) {
        return JobSettings.newBuilder()
                .setWorldSize(seat.worldSize())
                .addAllCaptureSizes(rules.captureSizes())
                .setGraphMode(JobSettings.GraphSetting.valueOf("GRAPH_SETTING_" + rules.graphMode()))
                .setMaxRequests(batch.maxRequests())
                .setDecodeQueryLength(rules.decodeQueryLength())
                .setMicrobatches(rules.microbatches())
                .setDecodeThreshold(rules.decodeThreshold())
                .setPrefillThreshold(rules.prefillThreshold())
                .setMaxTokensPerStep(batch.maxTokens())
                .addVotes(VoteDefinition.newBuilder()
                        .setName(FINISHED_VOTE)
                        .setReducer(VoteDefinition.Reducer.REDUCER_ALL))
                .putModel("collectives", collectives)
                .putAllModel(model.settings())
                .build();
    }

    /**
     * Makes sure that there is a directory for the log of executed steps, where one is wanted.
     *
     * @throws IllegalArgumentException if it cannot be written
     */
    void requireStepLogDirectory() {
        Path directory = run.stepLog();
        if (directory != null) {
            try {
                Files.createDirectories(directory);
            } catch (IOException e) {
                throw refused("step-log", directory, "a directory that can be written (" + e + ")");
            }
            if (!Files.isWritable(directory)) {
                throw refused("step-log", directory, "a directory that can be written");
            }
        }
    }

    /**
     * The log that this member writes its executed steps to.
     *
     * @param attempt of its place
     * @throws IOException if it cannot be opened
     */
    StepLog openStepLog(int attempt) throws IOException {
        Path directory = run.stepLog();
        return directory == null ? StepLog.NONE : JsonStepLog.open(directory, seat.place(), attempt);
    }

    static void between(String flag, int value, int least, int most) {
        if (value < least || value > most) {
            throw refused(flag, value, least + " to " + most);
        }
    }

    private static void notBlank(String flag, String value) {
        if (value.isBlank()) {
            throw refused(flag, value, "a host name or an address");
        }
    }

    private static void positive(String flag, Duration value) {
        if (value.isZero() || value.isNegative()) {
            throw refused(flag, value, "more than 0");
        }
    }

    private static IllegalArgumentException refused(String flag, Object value, String allowed) {
        return new IllegalArgumentException("--" + flag + " is " + value + "; allowed is " + allowed);
    }
}
