package io.coxswain.worker.step;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ManualIoEventLoop;

/**
 * An event loop without a thread: its owner runs it while it waits, so that no thread hop lies between the bytes of a
 * decision and the caller.
 *
 * <p>Owned by the thread that made it; only {@link #wakeUp()} may be called by others.
 */
final class DrivenLoop extends ManualIoEventLoop {
    private final Thread owner;

    // Netty's own wakeup is lost when it comes before the loop has begun to block; canBlock, which the loop asks after
    // it
    // has announced that it is about to, closes that gap.
    private volatile boolean wakeUpPending;

    DrivenLoop(Thread owner, IoHandlerFactory factory) {
        super(owner, factory);
        this.owner = owner;
    }

    @Override
    protected boolean canBlock() {
        return !wakeUpPending;
    }

    /** Ends the wait that is under way, or else the next one, unless {@link #clearWakeUp()} comes before it. */
    void wakeUp() {
        wakeUpPending = true;
        wakeup();
    }

    /** To be called before the conditions of a wait are read: what is signalled later cuts the wait short. */
    void clearWakeUp() {
        wakeUpPending = false;
    }

    /** Blocks until there is something to do, for at most {@code waitNanos} (1 or more), and does it. */
    void drive(long waitNanos) {
        run(waitNanos);
    }

    /** Does what is queued, without a look at the sockets: puts what was sent on the wire. */
    void flush() {
        runNonBlockingTasks(0);
    }

    /**
     * Asserts the owner.
     *
     * @throws IllegalStateException on any other thread
     */
    void checkOwner() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException("called on thread "
                    + Thread.currentThread().getName() + "; the step client belongs to thread " + owner.getName());
        }
    }
}
