package io.coxswain.coordinator.history;

import io.coxswain.coordinator.history.StepLine.Position;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Goes through the logs of all members step by step, and holds one rank's line against the others'. Of each step every rank has to
 * have a line, but for an epoch's last one, which may have been aborted before all were done. Used by one thread, once.
 */
final class HistoryCheck {

    private final List<MemberLog> logs;
    private final Map<MemberLog, StepLine> lastLines = new HashMap<>();
    /** Whose rank it is in the epoch that is gone through. */
    private final Map<Integer, MemberLog> ranks = new HashMap<>();

    /** The first line of the epoch that is gone through: it says how many ranks there are. */
    private @Nullable StepLine opening;

    private long epochs;
    private long steps;
    private long unfinished;
    private @Nullable String incomplete;

    HistoryCheck(List<MemberLog> logs) {
        this.logs = logs;
    }

    /** What was found where nothing is wrong. */
    record Summary(int members, long epochs, long steps, long unfinished) {}

    /** The ranks did not agree; the text names the first step where they did not. */
    static final class DisagreementException extends Exception {
        private static final long serialVersionUID = 1;

        DisagreementException(String what) {
            super(what);
        }
    }

    /**
     * Goes through all logs.
     *
     * @throws DisagreementException at the first step where the ranks did not agree
     * @throws IOException if a log cannot be read
     * @throws IllegalArgumentException if a line is none of a step log
     */
    Summary run() throws IOException, DisagreementException {
        for (MemberLog log : logs) {
            log.advance();
        }
        Position next = next();
        while (next != null) {
            check(next);
            next = next();
        }
        unfinished += incomplete == null ? 0 : 1;
        return new Summary(logs.size(), epochs, steps, unfinished);
    }

    private @Nullable Position next() {
        return logs.stream()
                .map(MemberLog::current)
                .filter(Objects::nonNull)
                .map(StepLine::position)
                .min(Position::compareTo)
                .orElse(null);
    }

    private void check(Position position) throws IOException, DisagreementException {
        Map<MemberLog, StepLine> there = linesOf(position);
        for (var line : there.entrySet()) {
            requireOrder(line.getKey(), line.getValue());
        }
        enter(position);
        for (var line : there.entrySet()) {
            requireOwnRank(line.getKey(), line.getValue());
        }
        compare(position, List.copyOf(there.values()));
        steps++;
        for (MemberLog log : there.keySet()) {
            log.advance();
        }
    }

    private Map<MemberLog, StepLine> linesOf(Position position) {
        Map<MemberLog, StepLine> there = new LinkedHashMap<>();
        for (MemberLog log : logs) {
            StepLine line = log.current();
            if (line != null && line.position().equals(position)) {
                there.put(log, line);
            }
        }
        return there;
    }

    /** A step that is not an epoch's last must have been finished by all. */
    private void enter(Position position) throws DisagreementException {
        if (opening != null && opening.position().epoch() == position.epoch()) {
            if (incomplete != null) {
                throw new DisagreementException(incomplete + ", though the epoch went on with step " + position.step());
            }
            return;
        }
        unfinished += incomplete == null ? 0 : 1;
        incomplete = null;
        opening = null;
        epochs++;
        ranks.clear();
    }

    private void requireOrder(MemberLog log, StepLine line) throws DisagreementException {
        StepLine before = lastLines.put(log, line);
        if (before == null) {
            return;
        }
        if (before.position().compareTo(line.position()) >= 0) {
            throw new DisagreementException(line.position() + ": " + line.who() + " comes after " + before.position()
                    + " in the same log (" + before.where() + ")");
        }
        if (line.term() < before.term()) {
            throw new DisagreementException(line.position() + ": " + line.who() + " has term " + line.term()
                    + ", before it " + before.where() + " has " + before.term());
        }
        boolean sameEpoch = before.position().epoch() == line.position().epoch();
        if (sameEpoch && before.rank() != line.rank()) {
            throw new DisagreementException(line.position() + ": " + line.where() + " is rank " + line.rank()
                    + ", before it in the same epoch " + before.where() + " is " + before.rank());
        }
    }

    private void requireOwnRank(MemberLog log, StepLine line) throws DisagreementException {
        MemberLog other = ranks.putIfAbsent(line.rank(), log);
        if (other != null && !other.equals(log)) {
            StepLine others = Objects.requireNonNull(lastLines.get(other), "whoever holds a rank has had a line");
            throw new DisagreementException(line.position() + ": " + line.where() + " and " + others.where() + " of "
                    + others.position() + " are both rank " + line.rank());
        }
    }

    private void compare(Position position, List<StepLine> lines) throws DisagreementException {
        StepLine first = lines.get(0);
        StepLine opened = opening == null ? first : opening;
        opening = opened;
        for (StepLine line : lines) {
            if (line.worldSize() != opened.worldSize()) {
                throw new DisagreementException(position + ": " + line.who() + " has counts of " + line.worldSize()
                        + " ranks, " + opened.who() + " of the epoch's step "
                        + opened.position().step() + " has " + opened.worldSize());
            }
            String difference = first.differenceFrom(line);
            if (!difference.isEmpty()) {
                throw new DisagreementException(position + ": " + difference);
            }
        }
        if (lines.size() < opened.worldSize()) {
            incomplete = position + ": there is no line of rank " + missing(lines, opened.worldSize()) + " to that of "
                    + first.who();
        }
    }

    private static String missing(List<StepLine> lines, int worldSize) {
        Set<Integer> there = lines.stream().map(StepLine::rank).collect(Collectors.toSet());
        return IntStream.range(0, worldSize)
                .filter(rank -> !there.contains(rank))
                .mapToObj(String::valueOf)
                .collect(Collectors.joining(", "));
    }
}
