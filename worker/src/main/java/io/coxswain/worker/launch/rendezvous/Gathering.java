package io.coxswain.worker.launch.rendezvous;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Decides who is in a launch of several nodes: a function of who came when, without a clock or a socket of its own. Not
 * thread-safe; owned by the launcher's thread.
 */
public final class Gathering {
    /** The node that holds the rendezvous. */
    public static final int HOST_ID = 0;

    /** Workers of one node. */
    public static final int MOST_WORKERS = 1024;

    private static final int MOST_NAMED = 16;

    private final Rules rules;
    private final long deadlineNanos;
    private final Map<Integer, Applicant> joined = new LinkedHashMap<>();
    /** Since when there are enough, though not all; null: there are not. */
    private @Nullable Long enoughNanos;

    /**
     * What a gathering goes by.
     *
     * @param lastCall how long it waits for more when the fewest are there
     * @param timeout how long it waits for the fewest
     */
    public record Rules(NodeCount count, Duration lastCall, Duration timeout) {}

    /** Why a node cannot join. */
    public sealed interface Refusal {
        /** For people, naming field and values. */
        String reason();

        /** The same node with other settings might. */
        record Mismatch(String reason) implements Refusal {}

        /** It is not this launch that it is looking for, or it comes too late. */
        record NotHere(String reason) implements Refusal {}
    }

    /** How it stands. */
    public sealed interface Standing {
        /** Not all are there. */
        record Waiting(String text) implements Standing {}

        /** All are there, in the order of their ranks. */
        record Complete(List<Assigned> nodes) implements Standing {
            public Complete {
                nodes = List.copyOf(nodes);
            }

            /** Workers of all nodes. */
            public int worldSize() {
                return nodes.stream()
                        .mapToInt(node -> node.applicant().localWorkers())
                        .sum();
            }
        }

        /** Not enough came. */
        record TimedOut(String text) implements Standing {}
    }

    /** @param host node 0, which is there from the start */
    public Gathering(Rules rules, Applicant host, long nowNanos) {
        this.rules = rules;
        this.deadlineNanos = nowNanos + rules.timeout().toNanos();
        joined.put(HOST_ID, host);
        noteCount(nowNanos);
    }

    /**
     * A node's launcher asks to join.
     *
     * @param id distinct for each that asks, above 0
     * @return why it cannot; empty: it is in
     */
    public Optional<Refusal> join(int id, Applicant applicant, long nowNanos) {
        Optional<Refusal> refusal = refusal(applicant);
        if (refusal.isEmpty()) {
            joined.put(id, applicant);
            noteCount(nowNanos);
        }
        return refusal;
    }

    /** One that had joined is gone before all were there. */
    public void leave(int id, long nowNanos) {
        joined.remove(id);
        noteCount(nowNanos);
    }

    private void noteCount(long nowNanos) {
        if (joined.size() < rules.count().min()) {
            enoughNanos = null;
        } else if (enoughNanos == null) {
            enoughNanos = nowNanos;
        }
    }

    private Applicant host() {
        return Objects.requireNonNull(joined.get(HOST_ID));
    }

    private Optional<Refusal> refusal(Applicant applicant) {
        Applicant host = host();
        if (!applicant.runId().isEmpty() && !applicant.runId().equals(host.runId())) {
            return Optional.of(new Refusal.NotHere("--rdzv-id: the rendezvous is of run '" + host.runId()
                    + "', this node is of run '" + applicant.runId() + "'"));
        }
        List<String> differences = differences(applicant);
        if (!differences.isEmpty()) {
            return Optional.of(new Refusal.Mismatch(String.join("; ", differences)));
        }
        if (applicant.localWorkers() < 1 || applicant.localWorkers() > MOST_WORKERS) {
            return Optional.of(new Refusal.Mismatch("--nproc-per-node: '" + applicant.localWorkers()
                    + "' is refused; allowed is a whole number from 1 to " + MOST_WORKERS));
        }
        if (applicant.wish().isPresent()) {
            Optional<String> taken = wishRefused(applicant.wish().getAsInt());
            if (taken.isPresent()) {
                return taken.map(Refusal.Mismatch::new);
            }
        }
        return joined.size() < rules.count().max()
                ? Optional.empty()
                : Optional.of(new Refusal.NotHere(
                        "the launch has all of its " + rules.count().max() + " nodes"));
    }

    private List<String> differences(Applicant applicant) {
        SortedSet<String> flags = new TreeSet<>(host().settings().keySet());
        flags.addAll(applicant.settings().keySet());
        return flags.stream()
                .filter(flag -> !Objects.equals(
                        host().settings().get(flag), applicant.settings().get(flag)))
                .map(flag ->
                        flag + ": " + shown(host(), flag) + " on node 0, " + shown(applicant, flag) + " on this node")
                .toList();
    }

    private static String shown(Applicant of, String flag) {
        String value = of.settings().get(flag);
        return value == null ? "not given" : "'" + value + "'";
    }

    private Optional<String> wishRefused(int wish) {
        int most = rules.count().max() - 1;
        if (wish < 1 || wish > most) {
            return Optional.of("--node-rank: '" + wish + "' is refused; allowed is "
                    + (most == 0
                            ? "none: node 0 is the only one"
                            : "1 to " + most + ", as node 0 holds the rendezvous"));
        }
        return joined.values().stream()
                .filter(other -> other.wish().equals(OptionalInt.of(wish)))
                .findFirst()
                .map(other -> "--node-rank: '" + wish + "' is taken by " + other.location() + ", pid "
                        + other.location().pid());
    }

    /** How it stands now. */
    public Standing at(long nowNanos) {
        boolean enough = enoughNanos != null
                && nowNanos - enoughNanos >= rules.lastCall().toNanos();
        if (joined.size() == rules.count().max() || enough) {
            return new Standing.Complete(assigned());
        }
        if (joined.size() < rules.count().min() && nowNanos - deadlineNanos >= 0) {
            return new Standing.TimedOut(text());
        }
        return new Standing.Waiting(text());
    }

    private List<Assigned> assigned() {
        Map<Integer, Integer> idsByRank = ranks();
        List<Assigned> nodes = new ArrayList<>();
        int place = 0;
        for (int id : idsByRank.values()) {
            Applicant applicant = Objects.requireNonNull(joined.get(id));
            nodes.add(new Assigned(id, nodes.size(), place, applicant));
            place += applicant.localWorkers();
        }
        return nodes;
    }

    /** Ids by the ranks that they have now: wishes are kept, the others fill the gaps in the order in which they came. */
    private Map<Integer, Integer> ranks() {
        Map<Integer, Integer> idsByRank = new TreeMap<>(Comparator.naturalOrder());
        idsByRank.put(0, HOST_ID);
        joined.forEach((id, applicant) -> {
            if (id != HOST_ID) {
                applicant.wish().ifPresent(wish -> idsByRank.put(wish, id));
            }
        });
        joined.forEach((id, applicant) -> {
            if (id != HOST_ID && applicant.wish().isEmpty()) {
                int free = IntStream.iterate(1, rank -> rank + 1)
                        .filter(rank -> !idsByRank.containsKey(rank))
                        .findFirst()
                        .orElseThrow();
                idsByRank.put(free, id);
            }
        });
        return idsByRank;
    }

    /** "2 of 3 nodes have joined: node 0 (a, 10.0.0.1), node 2 (c, 10.0.0.3); missing: node 1". */
    private String text() {
        Map<Integer, Integer> idsByRank = ranks();
        String here = idsByRank.entrySet().stream()
                .limit(MOST_NAMED)
                .map(entry -> "node " + entry.getKey() + " ("
                        + Objects.requireNonNull(joined.get(entry.getValue())).location() + ")")
                .collect(Collectors.joining(", "));
        List<String> missing = IntStream.range(0, rules.count().max())
                .filter(rank -> !idsByRank.containsKey(rank))
                .mapToObj(rank -> "node " + rank)
                .toList();
        String more = missing.size() > MOST_NAMED ? " and " + (missing.size() - MOST_NAMED) + " more" : "";
        return joined.size() + " of " + rules.count() + " nodes have joined: " + here
                + (idsByRank.size() > MOST_NAMED ? ", ..." : "") + "; missing: "
                + String.join(", ", missing.subList(0, Math.min(missing.size(), MOST_NAMED))) + more;
    }
}
