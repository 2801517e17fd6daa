package example;

import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.device.Device;
import io.coxswain.worker.device.DeviceView;
import io.coxswain.worker.runner.Execution;
import io.coxswain.worker.runner.ForwardShape;
import io.coxswain.worker.runner.Model;
import io.coxswain.worker.runner.ModelFactory;
import io.coxswain.worker.runner.TokenBatch;
import io.coxswain.worker.runner.Verification;
import io.coxswain.worker.step.CapturedGraphs;
import io.coxswain.worker.step.GraphKey;
import java.util.Optional;

/** A model for the stock worker that counts the tokens of all ranks together: --model-class example.OwnModel. */
public final class OwnModel implements ModelFactory {

    @Override
    public Model open(Device device) {
        return new TokenCounter(device, device.allocate(Float.BYTES).view(0, Float.BYTES));
    }

    private static final class TokenCounter implements Model {
        private final Device device;
        private final DeviceView cell;
        private Communicator peers;

        TokenCounter(Device device, DeviceView cell) {
            this.device = device;
            this.cell = cell;
        }

        @Override
        public Attachment attach(Communicator communicator) {
            peers = communicator;
            return () -> {};
        }

        @Override
        public CapturedGraphs captured() {
            return CapturedGraphs.ALL; // it runs any shape as it is
        }

        @Override
        public void capture(GraphKey graph, ForwardShape shape) {
            throw new IllegalStateException("this model has no use for graphs");
        }

        @Override
        public Execution forward(TokenBatch batch, ForwardShape shape, GraphKey graph) {
            device.upload(new float[] {batch.size()}, 0, cell);
            peers.allReduceSum(cell);
            peers.awaitDone();
            return Execution.EAGER;
        }

        @Override
        public long resultHash() {
            return 0;
        }

        @Override
        public Optional<Verification> verification() {
            return Optional.empty();
        }

        @Override
        public void close() {
            // The buffer closes with the device.
        }
    }
}
