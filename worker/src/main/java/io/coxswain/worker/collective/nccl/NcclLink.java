package io.coxswain.worker.collective.nccl;

import io.coxswain.nccl4j.CommConfig;
import io.coxswain.nccl4j.Communicator;
import io.coxswain.nccl4j.NcclException;
import io.coxswain.nccl4j.NcclResult;
import io.coxswain.nccl4j.NcclStatusException;
import io.coxswain.nccl4j.UniqueId;
import io.coxswain.nccl4j.Wait;
import io.coxswain.nccl4j.WaitTimeoutException;
import io.coxswain.worker.collective.CollectiveException;
import io.coxswain.worker.collective.Deadline;
import io.coxswain.worker.collective.EpochGate;
import io.coxswain.worker.collective.GroupBrokenException;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.collective.TransportException;
import io.coxswain.worker.collective.tcp.RollCall;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One epoch's communicator of NCCL, from its making to its end. It ends once, on a thread of its own, because NCCL's abort and
 * destroy block for as long as a graph holds it. Thread-safe: {@link #connect} and {@link #close} are the owner's, {@link #abort} is
 * anybody's and never blocks.
 */
final class NcclLink {
    private static final Logger LOG = LoggerFactory.getLogger(NcclLink.class);

    private final GroupSpec group;
    private final NcclConfig config;
    private final EpochGate gate;
    private final LongSupplier nanoTime;
    private @Nullable Communicator communicator;
    private @Nullable Thread ending;

    NcclLink(GroupSpec group, NcclConfig config, EpochGate gate, LongSupplier nanoTime) {
        this.group = group;
        this.config = config;
        this.gate = gate;
        this.nanoTime = nanoTime;
    }

    GroupSpec group() {
        return group;
    }

    NcclConfig config() {
        return config;
    }

    EpochGate gate() {
        return gate;
    }

    LongSupplier nanoTime() {
        return nanoTime;
    }

    /**
     * Enters NCCL when all ranks have come, and returns when all are through its initialisation; with the calling thread's CUDA
     * device.
     */
    Communicator connect(UniqueId id, RollCall rollCall) {
        Deadline deadline = Deadline.after(group.connectDeadline(), nanoTime);
        rollCall.meet(deadline, nanoTime);
        Communicator initialised = initialise(id, rollCall, deadline);
        rollCall.concludeReady(deadline);
        return initialised;
    }

    private Communicator initialise(UniqueId id, RollCall rollCall, Deadline deadline) {
        Wait wait = Wait.atMost(deadline.left()).onClock(nanoTime).onlyWhile(() -> {
            gate.pass();
            rollCall.check();
            return true;
        });
        try {
            Communicator entered =
                    keep(Communicator.init(id, group.worldSize(), group.rank(), CommConfig.nonBlocking()));
            entered.awaitReady(wait);
            return entered;
        } catch (WaitTimeoutException late) {
            throw rollCall.notReady();
        } catch (NcclException failed) {
            gate.pass();
            rollCall.check(); // what NCCL failed by may be a peer that has left, and then has a name here
            throw failure("NCCL's initialisation", failed);
        }
    }

    /** From here on an abort reaches it; one that came before does now. */
    private Communicator keep(Communicator entered) {
        synchronized (this) {
            communicator = entered;
        }
        if (gate.isClosed()) {
            abort();
        }
        return entered;
    }

    /** What a failure of NCCL is to the epoch, which is aborted by it. Throws that it has ended where it had before. */
    CollectiveException failed(String what, NcclException failed) {
        gate.pass();
        CollectiveException failure = failure(what, failed);
        end(failure);
        return failure;
    }

    /** Ends the epoch on this rank; what comes later throws with this reason. */
    void end(RuntimeException failure) {
        gate.close(String.valueOf(failure.getMessage()));
        abort();
    }

    private CollectiveException failure(String what, NcclException failed) {
        String text =
                what + " failed on rank " + group.rank() + " of epoch " + group.epoch() + ": " + failed.getMessage();
        if (failed instanceof NcclStatusException status && status.result() == NcclResult.REMOTE_ERROR) {
            return new GroupBrokenException(text + "; NCCL does not say which peer", failed);
        }
        return new TransportException(text, failed);
    }

    /** Starts to end NCCL's communicator, if there is one and it is not ending; the gate is closed before. */
    void abort() {
        Communicator current = communicator();
        if (current != null) {
            startEnding("nccl-abort-epoch-", current::abort);
        }
    }

    private synchronized @Nullable Communicator communicator() {
        return communicator;
    }

    private synchronized void startEnding(String name, Runnable end) {
        if (ending != null) {
            return;
        }
        ending = new Thread(() -> run(end), name + group.epoch());
        ending.setDaemon(true);
        ending.start();
    }

    private void run(Runnable end) {
        try {
            end.run();
        } catch (NcclException failed) {
            LOG.warn("epoch {}: NCCL did not end its communicator in order: {}", group.epoch(), failed.getMessage());
        }
    }

    /**
     * Releases NCCL's communicator: in order where the epoch is whole, else by an abort. The graphs that hold it are destroyed before.
     *
     * @throws TransportException if it is not released within the release deadline
     */
    void close() {
        boolean whole = gate.close("the communicator is closed");
        Communicator current = communicator();
        if (current == null) {
            return;
        }
        if (whole && finalizes(current)) {
            startEnding("nccl-destroy-epoch-", current::destroy);
        }
        abort();
        awaitEnd();
    }

    private boolean finalizes(Communicator current) {
        try {
            current.beginFinalize();
            current.awaitReady(Wait.atMost(config.releaseDeadline()).onClock(nanoTime));
            return true;
        } catch (NcclException failed) {
            LOG.info("epoch {}: its communicator is aborted, not finalized: {}", group.epoch(), failed.getMessage());
            return false;
        }
    }

    private void awaitEnd() {
        Thread last;
        synchronized (this) {
            last = ending;
        }
        if (last != null && !joins(last)) {
            throw new TransportException(
                    "NCCL did not release the communicator of epoch " + group.epoch() + " within "
                            + config.releaseDeadline().toMillis()
                            + " ms; does a graph still exist that was captured with it?",
                    null);
        }
    }

    /** An interrupt does not shorten it: who closes goes on to free what the device may still use. */
    private boolean joins(Thread last) {
        Deadline deadline = Deadline.after(config.releaseDeadline(), nanoTime);
        boolean interrupted = false;
        while (last.isAlive() && !deadline.hasPassed()) {
            try {
                TimeUnit.MILLISECONDS.timedJoin(last, deadline.millisLeft());
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !last.isAlive();
    }
}
