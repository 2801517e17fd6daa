package io.coxswain.worker.runner.ffn;

import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.device.Device;
import io.coxswain.worker.device.DeviceView;

/** A group that mixes up ranks 0 and 1: whoever gathers finds the rows of one in the place of the other. */
final class SwappingCommunicator implements Communicator {
    private final Communicator real;
    private final Device device;

    SwappingCommunicator(Communicator real, Device device) {
        this.real = real;
        this.device = device;
    }

    @Override
    public void allGather(DeviceView send, DeviceView receive) {
        real.allGather(send, receive);
        int floats = (int) (send.length() / Float.BYTES);
        float[] two = new float[2 * floats];
        device.download(receive.slice(0, 2 * send.length()), two, 0);
        device.upload(two, floats, receive.slice(0, send.length()));
        device.upload(two, 0, receive.slice(send.length(), send.length()));
    }

    @Override
    public GroupSpec group() {
        return real.group();
    }

    @Override
    public void connect() {
        real.connect();
    }

    @Override
    public void allGatherV(DeviceView send, DeviceView receive, long[] bytesByRank) {
        real.allGatherV(send, receive, bytesByRank);
    }

    @Override
    public void reduceScatterSum(DeviceView send, DeviceView receive) {
        real.reduceScatterSum(send, receive);
    }

    @Override
    public void reduceScatterSumV(DeviceView send, DeviceView receive, long[] bytesByRank) {
        real.reduceScatterSumV(send, receive, bytesByRank);
    }

    @Override
    public void allReduceSum(DeviceView view) {
        real.allReduceSum(view);
    }

    @Override
    public void awaitDone() {
        real.awaitDone();
    }

    @Override
    public void broadcast(DeviceView view, int root) {
        real.broadcast(view, root);
    }

    @Override
    public void abort(String reason) {
        real.abort(reason);
    }

    @Override
    public void close() {
        real.close();
    }
}
