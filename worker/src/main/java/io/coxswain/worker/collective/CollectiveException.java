package io.coxswain.worker.collective;

import org.jspecify.annotations.Nullable;

/** An operation of the group failed; the communicator is of no more use. */
public abstract sealed class CollectiveException extends RuntimeException
        permits CollectiveAbortedException,
                CollectiveMismatchException,
                ConnectTimeoutException,
                GroupBrokenException,
                OperationTimeoutException,
                PeerLostException,
                PeerRefusedException,
                TransportException {
    CollectiveException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
