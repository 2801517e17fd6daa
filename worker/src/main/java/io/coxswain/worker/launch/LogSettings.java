package io.coxswain.worker.launch;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the workers' output goes.
 *
 * @param directory of the logs; null: there are none
 * @param redirects what goes to files alone; its default is nothing
 * @param tee what goes to files and to the console; its default is all that is not redirected, where there is a directory
 * @param shown local ranks whose lines the console shows; empty: all
 */
public record LogSettings(@Nullable Path directory, Streams redirects, Streams tee, Set<Integer> shown) {
    public static final LogSettings NONE = new LogSettings(null, Streams.NONE, Streams.NONE, Set.of());

    private static final Pattern RANKS = Pattern.compile("[0-9]{1,4}(,[0-9]{1,4})*");

    public LogSettings {
        shown = Set.copyOf(shown);
    }

    /** Reads {@code 0,2}; empty where it is something else. */
    public static Optional<Set<Integer>> readRanks(String text) {
        if (!RANKS.matcher(text).matches()) {
            return Optional.empty();
        }
        Set<Integer> ranks = new TreeSet<>();
        List.of(text.split(",")).forEach(rank -> ranks.add(Integer.parseInt(rank)));
        return Optional.of(ranks);
    }

    boolean shows(int localRank) {
        return shown.isEmpty() || shown.contains(localRank);
    }

    /**
     * Which streams, by local rank, in torchrun's numbers: 1 for stdout, 2 for stderr, 3 for both.
     *
     * @param others of ranks that are not named
     */
    public record Streams(int others, Map<Integer, Integer> byLocalRank) {
        static final int STDOUT = 1;
        static final int STDERR = 2;

        public static final Streams NONE = new Streams(0, Map.of());
        public static final Streams BOTH = new Streams(STDOUT | STDERR, Map.of());

        private static final Pattern ALL = Pattern.compile("[0-3]");
        private static final Pattern EACH = Pattern.compile("([0-9]{1,4}):([0-3])");

        public Streams {
            byLocalRank = Map.copyOf(byLocalRank);
        }

        /** Reads {@code 3}, or {@code 0:1,1:3}, in which other ranks have 0; empty where it is something else. */
        public static Optional<Streams> read(String text) {
            if (ALL.matcher(text).matches()) {
                return Optional.of(new Streams(Integer.parseInt(text), Map.of()));
            }
            Map<Integer, Integer> byRank = new TreeMap<>();
            for (String part : text.split(",", -1)) {
                Matcher matcher = EACH.matcher(part);
                if (!matcher.matches()) {
                    return Optional.empty();
                }
                byRank.put(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
            }
            return Optional.of(new Streams(0, byRank));
        }

        boolean has(int localRank, int stream) {
            return (Objects.requireNonNull(byLocalRank.getOrDefault(localRank, others)) & stream) != 0;
        }

        /** The ranks that are named. */
        Set<Integer> ranks() {
            return byLocalRank.keySet();
        }
    }
}
