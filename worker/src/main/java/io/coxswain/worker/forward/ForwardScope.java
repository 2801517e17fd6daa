package io.coxswain.worker.forward;

import org.jspecify.annotations.Nullable;

/**
 * The open scopes of each thread, innermost first: a linked stack whose top is in a thread local. A scope is opened and
 * closed by one thread, its owner.
 */
final class ForwardScope implements ForwardContext.Scope {
    private static final ThreadLocal<@Nullable ForwardScope> INNERMOST = new ThreadLocal<>();

    private final Thread owner = Thread.currentThread();
    private final ForwardContext context;
    private final @Nullable ForwardScope outer;
    private boolean closed;

    private ForwardScope(ForwardContext context, @Nullable ForwardScope outer) {
        this.context = context;
        this.outer = outer;
    }

    static ForwardScope open(ForwardContext context) {
        ForwardScope scope = new ForwardScope(context, INNERMOST.get());
        INNERMOST.set(scope);
        return scope;
    }

    static boolean isOpenOnThisThread() {
        return INNERMOST.get() != null;
    }

    static ForwardContext currentContext() {
        ForwardScope innermost = INNERMOST.get();
        if (innermost == null) {
            throw new IllegalStateException("no ForwardContext is current on thread '"
                    + Thread.currentThread().getName()
                    + "'; run the forward pass inside try (ForwardContext.Scope scope = context.makeCurrent()) { ... },"
                    + " on the same thread, for a context is not handed on to others");
        }
        return innermost.context;
    }

    @Override
    public void close() {
        Thread closer = Thread.currentThread();
        if (closer != owner) {
            throw new IllegalStateException("the scope of " + context + " was opened on thread '" + owner.getName()
                    + "' and cannot be closed on thread '" + closer.getName() + "'");
        }
        if (closed) {
            return;
        }
        ForwardScope innermost = INNERMOST.get();
        if (innermost != this) {
            throw new IllegalStateException("the scope of " + context + " cannot be closed before the scope of "
                    + innermost.context + " that was opened inside of it");
        }
        closed = true;
        // Set rather than removed: the next step finds the thread's entry, and an empty one holds on to nothing.
        INNERMOST.set(outer);
    }
}
