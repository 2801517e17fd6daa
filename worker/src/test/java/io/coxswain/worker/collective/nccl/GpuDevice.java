package io.coxswain.worker.collective.nccl;

import io.coxswain.worker.device.DeviceView;
import io.coxswain.worker.device.cuda.CudaDevice;
import io.coxswain.worker.device.cuda.CudaDeviceConfig;
import io.coxswain.worker.device.cuda.CudaDeviceConfig.StandIn;

/** A device of the stand-in, with floats. What it allocates is freed with the device. */
public record GpuDevice(CudaDevice gpu) {

    /** Opens it for the calling thread. */
    static GpuDevice open(int ordinal) {
        return new GpuDevice(
                CudaDevice.open(CudaDeviceConfig.DEFAULT.withOrdinal(ordinal).withStandIn(StandIn.ALLOWED)));
    }

    /** The device as NCCL sees it. */
    NcclDevice forNccl() {
        return NcclDevice.of(gpu);
    }

    DeviceView floats(float... values) {
        DeviceView view = empty(values.length);
        gpu.upload(values, 0, view);
        return view;
    }

    DeviceView empty(int floats) {
        return gpu.allocate((long) Float.BYTES * Math.max(1, floats)).view(0, (long) Float.BYTES * floats);
    }

    float[] read(DeviceView view) {
        float[] values = new float[view.floatCount()];
        gpu.download(view, values, 0);
        return values;
    }

    boolean isIdle() {
        return gpu.isIdle();
    }
}
