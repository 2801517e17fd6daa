package io.coxswain.coordinator.observe;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Status and jobs as text for people: lines of columns that are as wide as their widest cell. Stateless. */
final class StatusTable {
    private static final String NOTHING = "-";
    /** The label that a rank's name comes from. */
    private static final String POD = "pod";

    private static final int NAME_COLUMN = 1;

    private StatusTable() {}

    /** The job's facts, one a line, and below them one line a rank. Ends with a line break. */
    static String of(JobStatus status) {
        return columns(facts(status)) + "\n" + columns(ranks(status.ranks()));
    }

    /** One line a job: name, address, process id. Ends with a line break. */
    static String ofJobs(List<JobEntry> jobs) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("job", "address", "pid"));
        jobs.forEach(job -> rows.add(List.of(job.job(), job.address(), Long.toString(job.pid()))));
        return columns(rows);
    }

    private static List<List<String>> facts(JobStatus status) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("job", status.job()));
        rows.add(List.of(
                "state",
                status.stateDetail().isEmpty() ? status.state() : status.state() + ": " + status.stateDetail()));
        if (status.dataAgeSeconds() > 0) {
            rows.add(List.of("as of", String.format(Locale.ROOT, "%.1f s ago", status.dataAgeSeconds())));
        }
        rows.add(List.of("term", status.term() + " of coordinator " + status.coordinatorId()));
        rows.add(List.of("epoch", orNothing(status.epoch())));
        rows.add(List.of("step", Long.toString(status.step())));
        if (!status.waitingFor().isEmpty()) {
            rows.add(List.of("waits for", status.waitingFor()));
        }
        rows.add(List.of("leader", leader(status.leader())));
        rows.add(List.of("world size", Integer.toString(status.worldSize())));
        rows.add(List.of("decisions", status.runDecisions() + " run, " + status.idleDecisions() + " idle"));
        rows.add(List.of("tokens", tokens(status)));
        if (status.epochsStarted() > 1) {
            rows.add(List.of(
                    "epochs",
                    status.epochsStarted() + " started, " + status.epochsAborted() + " aborted, " + status.restarts()
                            + " restarts"));
        }
        if (!status.culprits().isEmpty()) {
            rows.add(List.of("culprits", joined(status.culprits())));
        }
        if (!status.refusals().isEmpty()) {
            rows.add(List.of("refusals", refusals(status.refusals())));
        }
        return rows;
    }

    private static String leader(JobStatus.@Nullable Leader leader) {
        return leader == null ? NOTHING : leader.host() + ", pid " + leader.pid() + ", at " + leader.address();
    }

    private static String tokens(JobStatus status) {
        long padded = status.paddedTokens();
        double share = padded == 0 ? 0 : 1 - (double) status.realTokens() / padded;
        return String.format(Locale.ROOT, "%d real, %d run (%.1f%% padding)", status.realTokens(), padded, 100 * share);
    }

    private static String joined(List<Integer> places) {
        return places.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private static String refusals(Map<String, Long> refusals) {
        return refusals.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(refusal -> refusal.getValue() + " " + refusal.getKey())
                .collect(Collectors.joining(", "));
    }

    private static List<List<String>> ranks(List<JobStatus.Rank> ranks) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "rank",
                "name",
                "state",
                "host",
                "pid",
                "last step",
                "tokens",
                "requests",
                "last message",
                "phase",
                "late p99",
                "detail"));
        ranks.forEach(rank -> rows.add(row(rank)));
        boolean named = ranks.stream().anyMatch(rank -> rank.labels().containsKey(POD));
        return named ? rows : rows.stream().map(StatusTable::withoutName).toList();
    }

    private static List<String> withoutName(List<String> row) {
        List<String> cells = new ArrayList<>(row);
        cells.remove(NAME_COLUMN);
        return cells;
    }

    private static List<String> row(JobStatus.Rank rank) {
        Double age = rank.lastMessageAgeSeconds();
        return List.of(
                Integer.toString(rank.rank()),
                rank.labels().getOrDefault(POD, NOTHING),
                rank.late() ? rank.state() + ", late" : rank.state(),
                rank.host().isEmpty() ? NOTHING : rank.host(),
                rank.pid() == 0 ? NOTHING : Integer.toString(rank.pid()),
                orNothing(rank.lastStep()),
                Integer.toString(rank.numTokens()),
                Integer.toString(rank.numRequests()),
                age == null ? NOTHING : String.format(Locale.ROOT, "%.3f s ago", age),
                rank.phase(),
                rank.latenessUs().count() == 0
                        ? NOTHING
                        : String.format(
                                Locale.ROOT, "%.1f us", rank.latenessUs().p99()),
                rank.detail());
    }

    private static String orNothing(@Nullable Long value) {
        return value == null ? NOTHING : value.toString();
    }

    private static String columns(List<List<String>> rows) {
        int[] widths = new int[rows.get(0).size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append(printable(row.get(i)))
                        .append(" ".repeat(widths[i] - row.get(i).length() + 2));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /** Hosts and details come from other machines: what they say must not steer the terminal. */
    private static String printable(String cell) {
        return cell.replaceAll("\\p{Cntrl}", "?");
    }
}
