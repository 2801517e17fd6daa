package io.coxswain.worker.runner.ffn;

import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.device.Device;
import io.coxswain.worker.device.DeviceView;
import io.coxswain.worker.device.GrowableBuffer;
import io.coxswain.worker.runner.ForwardShape;
import io.coxswain.worker.runner.Model;
import io.coxswain.worker.runner.TokenBatch;
import io.coxswain.worker.runner.Verification;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The feed-forward block, sharded over the ranks: all-gathers the tokens' states, multiplies with this rank's share of both
 * weight matrices, and reduce-scatters the sums, so that every rank gets the results of its own rows. Forward thread only.
 */
public final class FfnModel implements Model {
    private final Device device;
    private final FfnConfig config;
    private final SyntheticValues values;
    private final @Nullable FfnVerifier verifier;
    private final GrowableBuffer gathered;
    private final GrowableBuffer partial;
    private final GrowableBuffer results;
    private float[] hostRows = new float[0];
    private long[] bytesByRank = new long[0];
    private @Nullable FfnShard shard;

    private @Nullable GatheredHash hash;

    private FfnModel(Device device, FfnConfig config, @Nullable FfnVerifier verifier) {
        this.device = device;
        this.config = config;
        this.values = new SyntheticValues(config);
        this.verifier = verifier;
        this.gathered = new GrowableBuffer(device);
        this.partial = new GrowableBuffer(device);
        this.results = new GrowableBuffer(device);
    }

    /** A model whose results are not checked. The device stays the caller's. */
    public static FfnModel unverified(Device device, FfnConfig config) {
        return new FfnModel(device, config, null);
    }

    /** A model that compares every row of this rank with an unsharded reference, which costs more than the pass itself. */
    public static FfnModel verified(Device device, FfnConfig config) {
        return new FfnModel(device, config, new FfnVerifier(config));
    }

    /** The same model, which also hashes what it gathers. To be asked for before the first pass. */
    public FfnModel withResultHash() {
        hash = new GatheredHash(device);
        return this;
    }

    @Override
    public long resultHash() {
        return hash == null ? 0 : hash.value();
    }

    @Override
    public void attach(Communicator communicator) {
        detach();
        shard = FfnShard.load(device, communicator, config, values);
        bytesByRank = new long[communicator.group().worldSize()];
    }

    private void detach() {
        if (shard != null) {
            shard.close();
            shard = null;
        }
    }

    @Override
    public void forward(TokenBatch batch, ForwardShape shape) {
        FfnShard current = shard;
        if (current == null) {
            throw new IllegalStateException("the model is not attached to a communicator");
        }
        requireFit(batch, shape, current.communicator());
        if (hash != null) {
            hash.reset();
        }
        for (int microbatch = 0; microbatch < shape.microbatches(); microbatch++) {
            forward(batch, shape, microbatch, current);
        }
        device.synchronize();
    }

    private static void requireFit(TokenBatch batch, ForwardShape shape, Communicator communicator) {
        int rank = communicator.group().rank();
        int worldSize = communicator.group().worldSize();
        if (shape.rank() != rank || shape.worldSize() != worldSize) {
            throw new IllegalArgumentException("the shape is of rank " + shape.rank() + " of " + shape.worldSize()
                    + ", the communicator of rank " + rank + " of " + worldSize);
        }
        if (batch.size() > shape.rows(rank)) {
            throw new IllegalArgumentException(
                    "a batch of " + batch.size() + " tokens does not fit into " + shape.rows(rank) + " rows");
        }
    }

    private void forward(TokenBatch batch, ForwardShape shape, int microbatch, FfnShard current) {
        long totalBytes = layOut(shape, microbatch);
        if (totalBytes == 0) {
            return;
        }
        int rank = shape.rank();
        DeviceView all = gathered.view(totalBytes);
        DeviceView sums = partial.view(totalBytes);
        DeviceView own = results.view(bytesByRank[rank]);
        DeviceView ownStates = all.slice(ownOffset(rank), bytesByRank[rank]);
        int first = shape.firstRow(rank, microbatch);
        int end = shape.firstRow(rank, microbatch + 1);

        float[] rows = hostRows(end - first);
        values.fillInputs(batch, first, end, rows);
        device.upload(rows, 0, ownStates);
        gather(shape, current.communicator(), ownStates, all);
        if (hash != null) {
            hash.add(all);
        }
        current.multiply((int) (totalBytes / rowBytes()), all, sums);
        scatter(shape, current.communicator(), sums, own);
        verify(batch, first, end, own);
    }

    /** Sets how many bytes every rank contributes to a microbatch, and returns their sum. */
    private long layOut(ForwardShape shape, int microbatch) {
        long total = 0;
        for (int rank = 0; rank < bytesByRank.length; rank++) {
            int rows = shape.firstRow(rank, microbatch + 1) - shape.firstRow(rank, microbatch);
            bytesByRank[rank] = rows * rowBytes();
            total += bytesByRank[rank];
        }
        return total;
    }

    private long ownOffset(int rank) {
        long offset = 0;
        for (int other = 0; other < rank; other++) {
            offset += bytesByRank[other];
        }
        return offset;
    }

    private long rowBytes() {
        return (long) config.hidden() * Float.BYTES;
    }

    private float[] hostRows(int rows) {
        int floats = Math.multiplyExact(rows, config.hidden());
        if (hostRows.length < floats) {
            hostRows = new float[floats + floats / 4];
        }
        return hostRows;
    }

    private void gather(ForwardShape shape, Communicator communicator, DeviceView own, DeviceView all) {
        switch (shape.layout()) {
            case PADDED -> communicator.allGather(own, all);
            case VARIABLE -> communicator.allGatherV(own, all, bytesByRank);
        }
    }

    private void scatter(ForwardShape shape, Communicator communicator, DeviceView sums, DeviceView own) {
        switch (shape.layout()) {
            case PADDED -> communicator.reduceScatterSum(sums, own);
            case VARIABLE -> communicator.reduceScatterSumV(sums, own, bytesByRank);
        }
    }

    private void verify(TokenBatch batch, int first, int end, DeviceView own) {
        if (verifier != null) {
            float[] rows = hostRows(end - first);
            device.download(own, rows, 0);
            verifier.check(batch, first, end, rows);
        }
    }

    @Override
    public Optional<Verification> verification() {
        return verifier == null ? Optional.empty() : Optional.of(verifier.result());
    }

    @Override
    public void close() {
        detach();
        gathered.close();
        partial.close();
        results.close();
    }
}
