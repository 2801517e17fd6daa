package io.coxswain.worker.launch;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.coxswain.worker.launch.ChildProcess.Cause;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/**
 * Says why a job failed, in one block with the root cause last. Pure.
 *
 * @param job its name
 * @param trigger what the launcher saw first, for people
 * @param suspect whom that speaks against
 * @param ends of all processes of the launch, those that ended first first
 * @param verdict of the coordinator
 */
record FailureReport(String job, String trigger, Suspect suspect, List<End> ends, Verdict verdict) {
    private static final String RULE = "-".repeat(72);

    /**
     * What a process was there for.
     *
     * @param place of a worker; empty: a coordinator
     * @param name for people
     */
    record Role(OptionalInt place, String name) {
        static Role ofRank(int place) {
            return new Role(OptionalInt.of(place), "rank " + place);
        }

        static Role ofCoordinator(String name) {
            return new Role(OptionalInt.empty(), name);
        }
    }

    /**
     * How a process ended.
     *
     * @param host where it ran
     * @param pid 0: it is not known
     * @param exitCode nothing of one whose node is lost
     * @param lastLines of its stderr
     */
    record End(Role role, String host, long pid, int exitCode, Cause cause, List<String> lastLines) {
        OptionalInt place() {
            return role.place();
        }

        String name() {
            return role.name();
        }

        private boolean failedByItself() {
            boolean blameless = place().isPresent() && (exitCode == ExitCodes.OK || exitCode == ExitCodes.RANK_LOST);
            return cause == Cause.ITSELF && !blameless;
        }
    }

    /**
     * The coordinator's word.
     *
     * @param culprits places to blame, the one learned of first first; empty: it blames nobody, or could not be asked
     * @param detail why, for people; empty: unknown
     */
    record Verdict(List<Integer> culprits, String detail) {
        static final Verdict UNKNOWN = new Verdict(List.of(), "");
    }

    FailureReport {
        ends = List.copyOf(ends);
    }

    /**
     * The process to blame: the coordinator's first culprit; else the coordinator where that is what the launcher noticed,
     * whatever ranks the job has outlived before; else a rank of the node that is lost; else whoever failed first for a reason of its
     * own; else the worker whose end the launcher noticed; else who ended first. A worker that ended because the group was aborted is
     * never blamed while there is another. Empty only when no worker ran.
     */
    Optional<End> rootCause() {
        return verdict.culprits().stream()
                .flatMap(place -> find(end -> isPlace(end, place)).stream())
                .findFirst()
                .or(() -> suspect == Suspect.Other.COORDINATOR
                        ? find(end -> end.place().isEmpty())
                        : Optional.empty())
                .or(() -> suspect instanceof Suspect.Node
                        ? find(end -> end.cause() == Cause.NODE_LOST)
                        : Optional.empty())
                .or(this::firstOwnFailure)
                .or(() -> suspect instanceof Suspect.Worker worker
                        ? find(end -> isPlace(end, worker.place()))
                        : Optional.empty())
                .or(() -> find(end -> !isCoordinatorAtItsWork(end)));
    }

    /** Its end is the launch's, and no more: before any worker ran, a node was lost. */
    private static boolean isCoordinatorAtItsWork(End end) {
        return end.place().isEmpty() && end.cause() == Cause.LAUNCHER;
    }

    /** The launcher's exit code: the root cause's, or what the survivors say of a root cause that had to be killed. */
    int exitCode() {
        Optional<End> root = rootCause();
        if (root.isEmpty()) {
            return suspect instanceof Suspect.Other ? ExitCodes.FAILED : ExitCodes.RANK_LOST;
        }
        if (root.get().place().isEmpty()) {
            return ExitCodes.COORDINATOR_LOST;
        }
        if (root.get().cause() == Cause.ITSELF) {
            return root.get().exitCode() == ExitCodes.OK
                    ? ExitCodes.FAILED
                    : root.get().exitCode();
        }
        return find(end -> end.place().isPresent() && end.cause() == Cause.ITSELF && end.exitCode() != ExitCodes.OK)
                .map(End::exitCode)
                .orElse(ExitCodes.RANK_LOST);
    }

    String text() {
        List<String> lines = new ArrayList<>();
        lines.add(RULE);
        lines.add("coxswain: job " + job + " failed: " + headline());
        if (!verdict.detail().isEmpty()) {
            lines.add("coordinator: " + verdict.detail());
        }
        rootCause()
                .ifPresentOrElse(
                        root -> {
                            lines.addAll(consequences(root));
                            lines.addAll(rootLines(root));
                        },
                        () -> lines.add("root cause: " + trigger));
        lines.add(RULE);
        return String.join("\n", lines);
    }

    private List<String> consequences(End root) {
        return ends.stream()
                .filter(end -> !end.equals(root))
                .map(end -> String.format("  %-16s pid %-8d %s", end.name(), end.pid(), consequence(end, root)))
                .toList();
    }

    /** What the launcher noticed first, unless that was only a consequence. */
    private String headline() {
        if (suspect instanceof Suspect.Node) {
            return trigger;
        }
        return rootCause()
                .filter(root -> !trigger.startsWith(root.name() + " ")
                        && !verdict.culprits().isEmpty())
                .map(root -> root.name() + " was lost or late")
                .orElse(trigger);
    }

    private Optional<End> firstOwnFailure() {
        boolean coordinatorFailed =
                find(end -> end.place().isEmpty() && end.failedByItself()).isPresent();
        return find(end -> end.failedByItself()
                && !(coordinatorFailed
                        && end.exitCode() == ExitCodes.COORDINATOR_LOST
                        && end.place().isPresent()));
    }

    private static String consequence(End end, End root) {
        return switch (end.cause()) {
            case LAUNCHER -> "ended by the launcher";
            case NODE_LOST -> "on " + end.host() + ", which is lost as well";
            case ITSELF -> ownConsequence(end, root);
        };
    }

    private static String ownConsequence(End end, End root) {
        if (end.exitCode() == ExitCodes.OK) {
            return "finished";
        }
        return end.exitCode() == ExitCodes.RANK_LOST || end.exitCode() == ExitCodes.COORDINATOR_LOST
                ? "ended because of " + root.name() + " (exit code " + end.exitCode() + ")"
                : "failed as well: " + ExitCodes.describe(end.exitCode());
    }

    private static String how(End root) {
        return switch (root.cause()) {
            case LAUNCHER ->
                "it did not end by itself and was ended by the launcher: " + ExitCodes.describe(root.exitCode());
            case NODE_LOST -> "its host is lost, and what became of it is not known";
            case ITSELF -> ExitCodes.describe(root.exitCode());
        };
    }

    private static List<String> rootLines(End root) {
        List<String> lines = new ArrayList<>();
        lines.add("last lines of " + root.name() + " on stderr:");
        root.lastLines().forEach(line -> lines.add("  | " + line));
        if (root.lastLines().isEmpty()) {
            lines.add("  (none)");
        }
        lines.add("root cause: " + root.name() + " on " + root.host() + ", pid " + root.pid() + ": " + how(root));
        return lines;
    }

    /** The same as data. */
    ObjectNode json(ObjectMapper mapper) {
        ObjectNode node = mapper.createObjectNode();
        node.put("job", job);
        node.put("what", headline());
        node.put("coordinator", verdict.detail());
        node.put("exit_code", exitCode());
        Optional<End> root = rootCause();
        root.ifPresent(end -> node.set("root_cause", json(mapper, end)));
        ArrayNode others = node.putArray("others");
        ends.stream().filter(end -> !root.equals(Optional.of(end))).forEach(end -> others.add(json(mapper, end)));
        return node;
    }

    /** An end as data; a signal only where one ended it. */
    static ObjectNode json(ObjectMapper mapper, End end) {
        ObjectNode node = mapper.createObjectNode();
        node.put("name", end.name());
        end.place().ifPresent(place -> node.put("rank", place));
        node.put("host", end.host());
        node.put("pid", end.pid());
        if (end.cause() != Cause.NODE_LOST) {
            node.put("exit_code", end.exitCode());
            if (end.exitCode() > ExitCodes.SIGNAL_BASE) {
                node.put("signal", end.exitCode() - ExitCodes.SIGNAL_BASE);
            }
        }
        node.put("ended_by", end.cause().name().toLowerCase(Locale.ROOT));
        ArrayNode lines = node.putArray("last_lines");
        end.lastLines().forEach(lines::add);
        return node;
    }

    private Optional<End> find(Predicate<End> which) {
        return ends.stream().filter(which).findFirst();
    }

    private static boolean isPlace(End end, int place) {
        return end.place().isPresent() && end.place().getAsInt() == place;
    }
}
