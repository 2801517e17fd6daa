package io.coxswain.nccl4j;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.global.nccl;

/**
 * Operations that NCCL launches together when the group ends. As a scope, or around a lambda:
 *
 * <pre>{@code
 * try (Group group = Group.start()) {
 *     for (int root = 0; root < size; root++) {
 *         operations.broadcast(parts[root], parts[root], counts[root], DataType.FLOAT32, root);
 *     }
 * }
 * communicator.awaitReady(wait); // where it is non-blocking
 * }</pre>
 *
 * <p>Groups nest, and the outermost launches. A group belongs to the thread that starts it, which ends it too, also after an
 * exception: NCCL knows no way to drop a group, so what was called before the exception is launched, and the communicator, whose
 * ranks have then not called the same, is of use for {@link Communicator#abort()} alone. After an operation that failed, NCCL
 * launches nothing, and ending the group throws.
 *
 * <p>A communicator counts as in use from its first operation in a group to the group's end; its abort waits for that a short
 * while, so do nothing in a group but call operations.
 */
public final class Group implements AutoCloseable {
    private static final ThreadLocal<Group> OF_THREAD = ThreadLocal.withInitial(Group::new);

    private final List<Communicator> members = new ArrayList<>();
    private int depth;

    private Group() {}

    /**
     * Starts a group on this thread, or one inside it. Close it.
     *
     * @throws NcclStatusException if NCCL refuses
     */
    public static Group start() {
        Group group = OF_THREAD.get();
        Status.check("ncclGroupStart", nccl.ncclGroupStart());
        group.depth++;
        return group;
    }

    /** Runs {@code operations} as a group on this thread. */
    public static void run(Runnable operations) {
        try (Group group = start()) {
            operations.run();
        }
    }

    /** Keeps the communicator, which has been entered, until the group of this thread ends; false where there is no group. */
    static boolean keep(Communicator communicator) {
        Group group = OF_THREAD.get();
        if (group.depth == 0) {
            return false;
        }
        group.members.add(communicator);
        return true;
    }

    /** Whether this thread has called operations of the communicator in a group that has not ended. */
    static boolean holds(Communicator communicator) {
        return OF_THREAD.get().members.contains(communicator);
    }

    /**
     * Ends the group; the outermost launches what was called in it. Of non-blocking communicators it may return while that is in
     * progress: wait for each with {@link Communicator#awaitReady}.
     *
     * @throws NcclStatusException if an operation in it failed, or the launch does
     * @throws IllegalStateException if the calling thread has no such group
     */
    @Override
    public void close() {
        if (this != OF_THREAD.get() || depth == 0) {
            throw new IllegalStateException("the group is over, or belongs to another thread");
        }
        depth--;
        try {
            Status.check("ncclGroupEnd", nccl.ncclGroupEnd());
        } finally {
            if (depth == 0) {
                members.forEach(Communicator::leave);
                members.clear();
            }
        }
    }
}
