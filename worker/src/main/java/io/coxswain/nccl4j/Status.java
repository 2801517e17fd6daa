package io.coxswain.nccl4j;

import org.bytedeco.cuda.global.nccl;
import org.bytedeco.cuda.nccl.ncclComm;
import org.bytedeco.javacpp.BytePointer;
import org.jspecify.annotations.Nullable;

/** The one place where what NCCL answers is looked at. */
final class Status {
    private Status() {}

    /** Throws {@link NcclStatusException} unless the call is through; returns whether it is still in progress. */
    static boolean check(String call, int status) {
        if (status == nccl.ncclSuccess) {
            return false;
        }
        if (status == nccl.ncclInProgress) {
            return true;
        }
        // The last error belongs to the thread, and NCCL ignores the communicator, which may be gone.
        String lastError = text(nccl.ncclGetLastError((ncclComm) null));
        throw new NcclStatusException(call, status, text(nccl.ncclGetErrorString(status)), lastError);
    }

    private static String text(@Nullable BytePointer words) {
        return words == null ? "" : words.getString().strip();
    }
}
