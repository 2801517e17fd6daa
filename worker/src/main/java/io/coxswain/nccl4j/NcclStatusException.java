package io.coxswain.nccl4j;

/** An NCCL call answered with an error, or a communicator has one that came later. */
public final class NcclStatusException extends NcclException {
    private final String call;
    private final NcclResult result;
    private final int status;
    private final String lastError;

    NcclStatusException(String call, int status, String text, String lastError) {
        super(message(call, status, text, lastError), null);
        this.call = call;
        this.result = NcclResult.of(status);
        this.status = status;
        this.lastError = lastError;
    }

    private static String message(String call, int status, String text, String lastError) {
        String message = call + " failed with " + NcclResult.of(status) + " (" + status + "): " + text;
        return lastError.isEmpty() ? message : message + "; NCCL's last error: " + lastError;
    }

    /** Name of the C function that failed. */
    public String call() {
        return call;
    }

    /** What went wrong. */
    public NcclResult result() {
        return result;
    }

    /** The same as NCCL's number. */
    public int status() {
        return status;
    }

    /** NCCL's last error text, which may be that of an earlier call; empty when it has none. */
    public String lastError() {
        return lastError;
    }
}
