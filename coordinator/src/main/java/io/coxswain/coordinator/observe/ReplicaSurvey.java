package io.coxswain.coordinator.observe;

import io.coxswain.v1.GetStatusResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What each of a job's replicas says of it, in the order in which they were named. Immutable.
 *
 * @param answers one for each replica that was asked
 */
record ReplicaSurvey(List<Answer> answers) {
    /** A replica that is frozen should not keep people from the leader's answer. */
    private static final Duration AFTER_THE_LEADER = Duration.ofSeconds(2);

    /** Whether a replica leads. */
    enum Role {
        LEADS("leads"),
        STANDS_BY("stands by"),
        SILENT("does not answer");

        private final String words;

        Role(String words) {
            this.words = words;
        }

        /** As the JSON output has it. */
        String word() {
            return switch (this) {
                case LEADS -> "leader";
                case STANDS_BY -> "standby";
                case SILENT -> "silent";
            };
        }
    }

    /**
     * What one replica says.
     *
     * @param status null where it does not answer
     * @param failure why it does not; empty where it does
     */
    record Answer(HostPort address, Role role, @Nullable GetStatusResponse status, String failure) {

        private static Answer of(HostPort address, Duration timeout) {
            try {
                Role role = StatusClient.leads(address, timeout) ? Role.LEADS : Role.STANDS_BY;
                return new Answer(address, role, StatusClient.getStatus(address, timeout), "");
            } catch (IOException e) {
                return silent(address, String.valueOf(e.getMessage()));
            }
        }

        private static Answer silent(HostPort address, String failure) {
            return new Answer(address, Role.SILENT, null, failure);
        }

        private long term() {
            return status == null ? -1 : status.getTerm().getNumber();
        }

        private long ageNanos() {
            return status == null ? Long.MAX_VALUE : status.getReplica().getDataAgeNanos();
        }
    }

    ReplicaSurvey {
        answers = List.copyOf(answers);
    }

    /** Asks all of them at the same time; blocks until they have answered, for the timeout at most. */
    static ReplicaSurvey of(List<HostPort> addresses, Duration timeout) throws InterruptedException {
        BlockingQueue<Answer> arrived = new LinkedBlockingQueue<>();
        for (HostPort address : addresses) {
            Thread asker = new Thread(() -> arrived.add(Answer.of(address, timeout)), "ask-" + address);
            asker.setDaemon(true);
            asker.start();
        }
        List<Answer> answers = new ArrayList<>();
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        while (answers.size() < addresses.size()) {
            Answer next = arrived.poll(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (next == null) {
                break;
            }
            answers.add(next);
            if (next.role() == Role.LEADS) {
                deadlineNanos = Math.min(deadlineNanos, System.nanoTime() + AFTER_THE_LEADER.toNanos());
            }
        }
        return new ReplicaSurvey(addresses.stream()
                .map(address -> answers.stream()
                        .filter(answer -> answer.address().equals(address))
                        .findFirst()
                        .orElseGet(() -> Answer.silent(address, address + " did not answer in time")))
                .toList());
    }

    /** The one that leads; of two that say so the one with the higher term, for the other does not know yet. */
    Optional<Answer> leader() {
        return answers.stream()
                .filter(answer -> answer.role() == Role.LEADS)
                .max(Comparator.comparingLong(Answer::term));
    }

    /**
     * Whose word is worth most: the leader's, else that of a standby.
     *
     * @throws IOException if there is no answer at all; the text has each replica's reason
     */
    Answer best() throws IOException {
        Optional<Answer> best = leader().or(() -> answers.stream()
                .filter(answer -> answer.role() == Role.STANDS_BY)
                .max(Comparator.comparingLong(Answer::term)
                        .thenComparing(
                                Comparator.comparingLong(Answer::ageNanos).reversed())));
        if (best.isEmpty()) {
            throw new IOException(answers.stream().map(Answer::failure).collect(Collectors.joining("\n")));
        }
        return best.get();
    }

    /** Who leads, in one line. */
    String text() {
        return answers.stream()
                .map(answer -> answer.address() + " " + answer.role().words)
                .collect(Collectors.joining(", "));
    }
}
