package io.coxswain.worker.runner.ffn;

import io.coxswain.types.CudaGraphMode;
import io.coxswain.worker.collective.CollectiveException;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.device.Device;
import io.coxswain.worker.device.DeviceGraph;
import io.coxswain.worker.device.DeviceView;
import io.coxswain.worker.runner.Execution;
import io.coxswain.worker.runner.ForwardShape;
import io.coxswain.worker.runner.Model;
import io.coxswain.worker.runner.TokenBatch;
import io.coxswain.worker.runner.Verification;
import io.coxswain.worker.step.CapturedGraphs;
import io.coxswain.worker.step.GraphKey;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The feed-forward block, sharded over the ranks: all-gathers the tokens' states, multiplies with this rank's share of both
 * weight matrices, and reduce-scatters the sums, so that every rank gets the results of its own rows. Forward thread only.
 */
public final class FfnModel implements Model {
    private static final Logger LOG = LoggerFactory.getLogger(FfnModel.class);

    private final Device device;
    private final FfnConfig config;
    private final SyntheticValues values;
    private final @Nullable FfnVerifier verifier;
    private final PassLayout layout;
    private final FfnMemory eagerMemory;
    private final FfnGraphs graphs;
    private float[] hostRows = new float[0];
    private @Nullable FfnShard shard;
    private @Nullable Attached attached;

    private @Nullable GatheredHash hash;

    private FfnModel(Device device, FfnConfig config, @Nullable FfnVerifier verifier) {
        this.device = device;
        this.config = config;
        this.values = new SyntheticValues(config);
        this.verifier = verifier;
        this.layout = new PassLayout((long) config.hidden() * Float.BYTES);
        this.eagerMemory = new FfnMemory(device);
        this.graphs = new FfnGraphs(device);
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

    /** The work for one epoch: what it works with, until it is closed. */
    private final class Attached implements Attachment {
        private final Communicator communicator;
        private final FfnShard share;

        Attached(Communicator communicator, FfnShard share) {
            this.communicator = communicator;
            this.share = share;
        }

        FfnPass pass(FfnMemory memory) {
            return new FfnPass(layout, memory, share, communicator);
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // an attachment is itself and nothing else
        public void close() {
            if (attached == this) {
                attached = null;
                awaitFree();
                graphs.dropFull();
            }
        }

        /** A pass may have broken off while it was being launched; what it had launched still works in this memory. */
        private void awaitFree() {
            try {
                communicator.awaitDone();
            } catch (CollectiveException over) {
                LOG.debug("the epoch is over, and the device free: {}", over.getMessage());
            }
        }
    }

    @Override
    public Attachment attach(Communicator communicator) {
        if (attached != null) {
            attached.close();
        }
        Attached next = new Attached(communicator, shareOf(communicator.group()));
        attached = next;
        return next;
    }

    /** The same share as before needs no loading, and the graphs that hold it go on. */
    private FfnShard shareOf(GroupSpec group) {
        FfnShard current = shard;
        if (current != null && current.isOf(group)) {
            return current;
        }
        dropShare();
        FfnShard loaded = FfnShard.load(device, group, config, values);
        shard = loaded;
        return loaded;
    }

    private void dropShare() {
        graphs.dropAll();
        if (shard != null) {
            shard.close();
            shard = null;
        }
    }

    private Attached attached() {
        Attached current = attached;
        if (current == null) {
            throw new IllegalStateException("the model is not attached to a communicator");
        }
        return current;
    }

    @Override
    public CapturedGraphs captured() {
        return graphs.captured();
    }

    @Override
    public void capture(GraphKey graph, ForwardShape shape) {
        Attached current = attached();
        requireRank(shape, current.communicator);
        layout.layOut(shape);
        graphs.reserve(layout, current.share);
        FfnPass pass = current.pass(graphs.memory());
        // The libraries make themselves ready when they first see a shape, which no capture allows.
        device.zero(graphs.memory().gathered(layout));
        pass.run(null);
        current.communicator.awaitDone();
        graphs.capture(graph, pass);
    }

    @Override
    public Execution forward(TokenBatch batch, ForwardShape shape, @Nullable GraphKey graph) {
        Attached current = attached();
        requireRank(shape, current.communicator);
        requireFit(batch, shape);
        if (hash != null) {
            hash.reset();
        }
        layout.layOut(shape);
        if (layout.totalBytes() == 0) {
            return Execution.EAGER;
        }
        DeviceGraph captured = graph == null ? null : graphs.get(graph);
        FfnMemory memory = captured == null ? eagerMemory : graphs.memory();
        memory.reserve(layout, current.share);
        upload(batch, memory);
        if (captured != null && graph != null && graph.mode() == CudaGraphMode.FULL) {
            captured.replay();
        } else {
            current.pass(memory).run(captured);
        }
        current.communicator.awaitDone();
        if (hash != null) {
            hash.add(memory.gathered(layout));
        }
        verify(batch, memory.results(layout));
        return captured == null ? Execution.EAGER : Execution.REPLAYED;
    }

    private static void requireRank(ForwardShape shape, Communicator communicator) {
        int rank = communicator.group().rank();
        int worldSize = communicator.group().worldSize();
        if (shape.rank() != rank || shape.worldSize() != worldSize) {
            throw new IllegalArgumentException("the shape is of rank " + shape.rank() + " of " + shape.worldSize()
                    + ", the communicator of rank " + rank + " of " + worldSize);
        }
    }

    private static void requireFit(TokenBatch batch, ForwardShape shape) {
        int rows = shape.rows(shape.rank());
        if (batch.size() > rows) {
            throw new IllegalArgumentException(
                    "a batch of " + batch.size() + " tokens does not fit into " + rows + " rows");
        }
    }

    /** The states of this rank's rows go to where the gathered ones will be. */
    private void upload(TokenBatch batch, FfnMemory memory) {
        for (int part = 0; part < layout.microbatches(); part++) {
            int first = layout.firstOwnRow(part);
            int end = layout.firstOwnRow(part + 1);
            float[] rows = hostRows(end - first);
            values.fillInputs(batch, first, end, rows);
            DeviceView all = memory.gathered(layout, part);
            device.upload(rows, 0, all.slice(layout.ownOffset(part), layout.ownBytes(part)));
        }
    }

    private float[] hostRows(int rows) {
        int floats = Math.multiplyExact(rows, config.hidden());
        if (hostRows.length < floats) {
            hostRows = new float[floats + floats / 4];
        }
        return hostRows;
    }

    private void verify(TokenBatch batch, DeviceView own) {
        if (verifier != null) {
            int rows = layout.firstOwnRow(layout.microbatches());
            float[] results = hostRows(rows);
            device.download(own, results, 0);
            verifier.check(batch, 0, rows, results);
        }
    }

    @Override
    public Optional<Verification> verification() {
        return verifier == null ? Optional.empty() : Optional.of(verifier.result());
    }

    @Override
    public void close() {
        attached = null;
        graphs.close();
        dropShare();
        eagerMemory.close();
    }
}
