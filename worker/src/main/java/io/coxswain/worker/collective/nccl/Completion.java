package io.coxswain.worker.collective.nccl;

import io.coxswain.nccl4j.Communicator;
import io.coxswain.nccl4j.NcclException;
import io.coxswain.nccl4j.Wait;
import io.coxswain.nccl4j.WaitTimeoutException;
import io.coxswain.worker.collective.CollectiveException;
import io.coxswain.worker.collective.OperationTimeoutException;
import io.coxswain.worker.device.DeviceException;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Waits for what an epoch has launched on the device. Forward thread only. */
final class Completion {
    private final NcclLink link;
    private final BooleanSupplier idle;
    private final Wait operation;
    private final Wait release;

    Completion(NcclDevice device, NcclLink link, Communicator communicator) {
        this.link = link;
        this.idle = device::isIdle;
        this.operation = Wait.atMost(link.config().operationDeadline())
                .onClock(link.nanoTime())
                .onlyWhile(() -> goesOn(communicator));
        this.release = Wait.atMost(link.config().releaseDeadline()).onClock(link.nanoTime());
    }

    /** Throws where the epoch has ended or NCCL has failed. */
    private boolean goesOn(Communicator communicator) {
        link.gate().pass();
        communicator.isReady();
        return true;
    }

    void await() {
        try {
            awaitIdle();
        } catch (CollectiveException failure) {
            link.end(failure);
            awaitFree(failure);
            throw failure;
        } catch (DeviceException failure) {
            link.end(failure);
            throw failure;
        }
    }

    private void awaitIdle() {
        try {
            operation.until(idle, "the device's work");
        } catch (WaitTimeoutException late) {
            throw new OperationTimeoutException(
                    List.of(),
                    "the operations of epoch " + link.group().epoch() + " were not done within "
                            + link.config().operationDeadline().toMillis()
                            + " ms; NCCL does not say which ranks have not come");
        } catch (NcclException failed) {
            throw link.failed("an operation", failed);
        }
        link.gate().pass();
    }

    /** NCCL's abort ends what it runs on the device, so this is short, unless the device itself is stuck. */
    private void awaitFree(CollectiveException failure) {
        try {
            release.until(idle, "the device's work");
        } catch (NcclException stuck) {
            DeviceException late = new DeviceException("the device did not come free after the end of epoch "
                    + link.group().epoch() + " (" + failure.getMessage() + "): " + stuck.getMessage());
            late.addSuppressed(failure);
            throw late;
        }
    }
}
