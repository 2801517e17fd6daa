package io.coxswain.worker.collective.tcp;

import io.coxswain.worker.collective.CommunicatorId;
import io.coxswain.worker.collective.GroupSpec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The first bytes of a connection, as the package's description has them. */
final class Handshake {
    static final int ID_BYTES = 16;
    static final int HELLO_BYTES = 36;
    static final int ANSWER_BYTES = 12;
    static final int MAX_REASON_BYTES = 500;

    private static final int MAGIC = 0x43585357;
    private static final int VERSION = 1;

    private Handshake() {}

    /** What an answer says, with its number on the wire. */
    enum Status {
        ACCEPTED(0),
        /** No such group here at the moment: it may be about to start, so the dialer tries again. */
        NO_SUCH_GROUP(1),
        REFUSED(2);

        private final int number;

        Status(int number) {
            this.number = number;
        }
    }

    /**
     * What the accepting side made of a hello.
     *
     * @param status the answer
     * @param rank the dialer's rank where it is accepted, else -1
     * @param reason why not; empty where it is accepted
     */
    record Verdict(Status status, int rank, String reason) {
        private static Verdict refused(Status status, String reason) {
            return new Verdict(status, -1, reason);
        }
    }

    static ByteBuffer hello(GroupSpec group, int toRank) {
        ByteBuffer hello = ByteBuffer.allocate(HELLO_BYTES);
        hello.putInt(MAGIC).putInt(VERSION).put(group.id().toByteArray());
        return hello.putInt(group.rank())
                .putInt(toRank)
                .putInt(group.worldSize())
                .flip();
    }

    /** Judges a complete hello from the point of view of {@code group}; whether the rank is there already is not known here. */
    static Verdict judge(ByteBuffer hello, GroupSpec group) {
        if (hello.getInt() != MAGIC) {
            return Verdict.refused(Status.REFUSED, "these are not the first bytes of a peer");
        }
        int version = hello.getInt();
        if (version != VERSION) {
            return Verdict.refused(Status.REFUSED, "version " + version + " is not supported, only " + VERSION);
        }
        byte[] id = new byte[ID_BYTES];
        hello.get(id);
        if (!Arrays.equals(id, group.id().toByteArray())) {
            String reason = "rank " + group.rank() + " connects communicator " + group.id() + " of epoch "
                    + group.epoch() + ", not " + CommunicatorId.of(id);
            return Verdict.refused(Status.NO_SUCH_GROUP, reason);
        }
        return judgeRanks(hello.getInt(), hello.getInt(), hello.getInt(), group);
    }

    private static Verdict judgeRanks(int fromRank, int toRank, int worldSize, GroupSpec group) {
        if (worldSize != group.worldSize()) {
            return Verdict.refused(
                    Status.REFUSED, "world size is " + worldSize + " there and " + group.worldSize() + " here");
        }
        if (toRank != group.rank()) {
            return Verdict.refused(Status.REFUSED, "this is rank " + group.rank() + ", not rank " + toRank);
        }
        if (fromRank <= group.rank() || fromRank >= worldSize) {
            return Verdict.refused(
                    Status.REFUSED,
                    "rank " + fromRank + " does not dial rank " + group.rank() + ", allowed are ranks "
                            + (group.rank() + 1) + " to " + (worldSize - 1));
        }
        return new Verdict(Status.ACCEPTED, fromRank, "");
    }

    static ByteBuffer answer(Status status, String reason) {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(text.length, MAX_REASON_BYTES);
        ByteBuffer answer = ByteBuffer.allocate(ANSWER_BYTES + length);
        return answer.putInt(MAGIC)
                .putInt(status.number)
                .putInt(length)
                .put(text, 0, length)
                .flip();
    }

    /** Status of a complete answer without its reason; what no peer would say is a refusal. */
    static Status status(ByteBuffer answer) {
        for (Status status : Status.values()) {
            if (answer.getInt(0) == MAGIC && answer.getInt(4) == status.number) {
                return status;
            }
        }
        return Status.REFUSED;
    }

    /** How many bytes of reason follow the answer. */
    static int reasonBytes(ByteBuffer answer) {
        return answer.getInt(0) == MAGIC ? Math.max(0, Math.min(answer.getInt(8), MAX_REASON_BYTES)) : 0;
    }
}
