package io.coxswain.coordinator.decide;

/** Input that is no case; the message names the place, the value and what is allowed. */
final class InputRefusedException extends Exception {

    private final String reason;

    InputRefusedException(String reason) {
        super(reason);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }

    /** The same refusal, with the place it was found at in front. */
    InputRefusedException at(String place) {
        return new InputRefusedException(place + ": " + reason);
    }
}
