package io.coxswain.worker.collective.nccl;

import io.coxswain.worker.device.DeviceView;
import io.coxswain.worker.device.cuda.CudaDevice;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.Pointer;

/**
 * What NCCL needs of a CUDA device. Forward thread only, but for {@link #makeCurrent} and {@link #stream}, which the thread that
 * connects a planned epoch calls as well. Every method may throw {@link io.coxswain.worker.device.DeviceException}.
 */
public interface NcclDevice {

    /** The stream that all of the device's operations run on, in order. */
    CUstream_st stream();

    /** The device address of the view's first byte. */
    Pointer pointer(DeviceView view);

    /** Makes it the calling thread's CUDA device. */
    void makeCurrent();

    /** Whether all that was launched on the stream is done; never blocks. Not during a capture. */
    boolean isIdle();

    /** A device as NCCL sees it. */
    static NcclDevice of(CudaDevice device) {
        return new NcclDevice() {
            @Override
            public CUstream_st stream() {
                return device.stream();
            }

            @Override
            public Pointer pointer(DeviceView view) {
                return device.pointer(view);
            }

            @Override
            public void makeCurrent() {
                device.makeCurrent();
            }

            @Override
            public boolean isIdle() {
                return device.isIdle();
            }
        };
    }
}
