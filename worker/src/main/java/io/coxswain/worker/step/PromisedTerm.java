package io.coxswain.worker.step;

import io.coxswain.v1.Term;

/**
 * The highest term that this member was told. What a coordinator of a lower term says, or another one of the same
 * number, is not taken.
 *
 * <p>Thread-safe; one for the whole process, as the control stream and the step stream follow the same coordinator.
 */
final class PromisedTerm {
    private volatile Term promised = Term.getDefaultInstance();

    /** The promised term; its number is 0 as long as none was told. */
    Term current() {
        return promised;
    }

    /** Whether the speaker of a term may be listened to; a higher term than the promised one is promised from now on. */
    boolean admit(Term term) {
        return isSame(promised, term) || raise(term);
    }

    private synchronized boolean raise(Term term) {
        if (Long.compareUnsigned(term.getNumber(), promised.getNumber()) > 0) {
            promised = term;
        }
        return isSame(promised, term);
    }

    private static boolean isSame(Term one, Term other) {
        return one.getNumber() == other.getNumber() && one.getCoordinatorId() == other.getCoordinatorId();
    }

    /** Why {@link #admit} said no. */
    String refusalOf(Term term) {
        return "the coordinator speaks for term " + text(term) + ", but this member has promised term "
                + text(current());
    }

    private static String text(Term term) {
        return Long.toUnsignedString(term.getNumber()) + " of coordinator " + Long.toHexString(term.getCoordinatorId());
    }
}
