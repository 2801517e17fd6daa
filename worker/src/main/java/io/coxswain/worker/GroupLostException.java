package io.coxswain.worker;

/** The group is over before its time; the message is the coordinator's verdict where there is one. */
final class GroupLostException extends RuntimeException {

    private static final long serialVersionUID = 1;

    GroupLostException(String verdict, Throwable cause) {
        super(verdict, cause);
    }
}
