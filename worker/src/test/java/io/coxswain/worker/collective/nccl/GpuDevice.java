package io.coxswain.worker.collective.nccl;

import io.coxswain.nccl4j.TestGpu;
import io.coxswain.worker.device.DeviceBuffer;
import io.coxswain.worker.device.DeviceView;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** What NCCL needs of a device, over a bare one. */
record GpuDevice(TestGpu gpu) implements NcclDevice {

    /** Freed with the device. */
    private record Memory(FloatPointer pointer, long byteSize) implements DeviceBuffer {
        @Override
        public void close() {}
    }

    DeviceView floats(float... values) {
        DeviceView view = empty(values.length);
        gpu.write(values, pointer(view));
        return view;
    }

    DeviceView empty(int floats) {
        long bytes = (long) Float.BYTES * Math.max(1, floats);
        return new Memory(gpu.empty(floats), bytes).view(0, (long) Float.BYTES * floats);
    }

    float[] read(DeviceView view) {
        return gpu.read(pointer(view), (int) (view.length() / Float.BYTES));
    }

    @Override
    public CUstream_st stream() {
        return gpu.stream();
    }

    @Override
    public Pointer pointer(DeviceView view) {
        return new BytePointer(((Memory) view.buffer()).pointer()).getPointer(view.offset());
    }

    @Override
    public void makeCurrent() {
        gpu.makeCurrent();
    }

    @Override
    public boolean isIdle() {
        return gpu.isIdle();
    }
}
