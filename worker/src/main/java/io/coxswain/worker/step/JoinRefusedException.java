package io.coxswain.worker.step;

import io.coxswain.v1.Refused;

/** The coordinator did not take the member; the message names the field and the values. */
public final class JoinRefusedException extends SessionException {
    private static final long serialVersionUID = 1;

    private final Refused.Kind kind;

    JoinRefusedException(Refused refused, String address) {
        super("coordinator " + address + " refused this member: " + refused.getReason());
        this.kind = refused.getKind();
    }

    /** Why; only PLACE_TAKEN may be otherwise later. */
    public Refused.Kind kind() {
        return kind;
    }
}
