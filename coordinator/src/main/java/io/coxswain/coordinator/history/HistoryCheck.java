package io.coxswain.coordinator.history;

import io.coxswain.coordinator.history.StepLine.Position;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
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

    private long epoch = -1;
    private int worldSize;
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
     * @throws IllegalArgumentException if a line is none of a step log
     */
    Summary run() throws IOException, DisagreementException {
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
        enter(position);
        List<StepLine> lines = new ArrayList<>();
        for (MemberLog log : logs) {
            StepLine line = log.current();
            if (line != null && line.position().equals(position)) {
                requireOrder(log, line);
                requireOwnRank(log, line);
                lines.add(line);
                log.advance();
            }
        }
        compare(position, lines);
        steps++;
    }

    /** A step that is not an epoch's last must have been finished by all. */
    private void enter(Position position) throws DisagreementException {
        if (position.epoch() == epoch) {
            if (incomplete != null) {
                throw new DisagreementException(incomplete + ", though the epoch went on with " + position);
            }
            return;
        }
        unfinished += incomplete == null ? 0 : 1;
        incomplete = null;
        epoch = position.epoch();
        epochs++;
        worldSize = 0;
        ranks.clear();
    }

    private void requireOrder(MemberLog log, StepLine line) throws DisagreementException {
        StepLine before = lastLines.put(log, line);
        if (before == null) {
            return;
        }
        if (before.position().compareTo(line.position()) >= 0) {
            throw new DisagreementException(
                    line.position() + ": " + line.where() + " comes after " + before.position() + " in the same log");
        }
        if (line.term() < before.term()) {
            throw new DisagreementException(line.position() + ": " + line.where() + " has term " + line.term()
                    + ", the line before has " + before.term());
        }
        boolean sameEpoch = before.position().epoch() == line.position().epoch();
        if (sameEpoch && before.rank() != line.rank()) {
            throw new DisagreementException(line.position() + ": " + line.where() + " has rank " + line.rank()
                    + ", the line before has " + before.rank());
        }
    }

    private void requireOwnRank(MemberLog log, StepLine line) throws DisagreementException {
        MemberLog other = ranks.putIfAbsent(line.rank(), log);
        if (other != null && !other.equals(log)) {
            throw new DisagreementException(
                    line.position() + ": " + line.where() + " and " + other.file() + " are both rank " + line.rank());
        }
    }

    private void compare(Position position, List<StepLine> lines) throws DisagreementException {
        StepLine first = lines.get(0);
        worldSize = worldSize == 0 ? first.worldSize() : worldSize;
        for (StepLine line : lines) {
            if (line.worldSize() != worldSize) {
                throw new DisagreementException(position + ": " + line.where() + " has counts of " + line.worldSize()
                        + " ranks, the epoch has " + worldSize);
            }
            if (!line.content().equals(first.content())) {
                throw new DisagreementException(position + ": rank " + first.rank() + " (" + first.where() + ") has "
                        + first.content() + "; rank " + line.rank() + " (" + line.where() + ") has " + line.content());
            }
        }
        if (lines.size() < worldSize) {
            incomplete = position + ": no line of rank " + missing(lines);
        }
    }

    private String missing(List<StepLine> lines) {
        List<Integer> there = lines.stream().map(StepLine::rank).toList();
        return java.util.stream.IntStream.range(0, worldSize)
                .filter(rank -> !there.contains(rank))
                .mapToObj(String::valueOf)
                .collect(Collectors.joining(", "));
    }
}
