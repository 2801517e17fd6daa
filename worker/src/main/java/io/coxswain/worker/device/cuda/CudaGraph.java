package io.coxswain.worker.device.cuda;

import static org.bytedeco.cuda.global.cudart.cudaGraphDestroy;
import static org.bytedeco.cuda.global.cudart.cudaGraphExecDestroy;
import static org.bytedeco.cuda.global.cudart.cudaGraphInstantiate;
import static org.bytedeco.cuda.global.cudart.cudaGraphLaunch;

import io.coxswain.worker.device.DeviceException;
import io.coxswain.worker.device.DeviceGraph;
import java.util.function.Consumer;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;

/** An instantiated CUDA graph. Confined to the forward thread. */
final class CudaGraph implements DeviceGraph {
    private final CudaDevice device;
    private final CudaCalls calls;
    private final CUgraphExec_st executable;
    private final Consumer<CudaGraph> onClose;
    private boolean open = true;

    private CudaGraph(CudaDevice device, CudaCalls calls, CUgraphExec_st executable, Consumer<CudaGraph> onClose) {
        this.device = device;
        this.calls = calls;
        this.executable = executable;
        this.onClose = onClose;
    }

    /**
     * Makes what was recorded ready to run, and destroys the record: the executable graph is a copy, and keeps what the record's
     * owner gave it, so that both at once would only take twice the memory.
     */
    static CudaGraph instantiate(CudaDevice device, CudaCalls calls, CUgraph_st recorded, Consumer<CudaGraph> onClose) {
        CUgraphExec_st executable = new CUgraphExec_st();
        Releases releases = new Releases();
        releases.add(() -> calls.check(cudaGraphDestroy(recorded), "cudaGraphDestroy"));
        try {
            calls.check(cudaGraphInstantiate(executable, recorded, 0), "cudaGraphInstantiate");
        } catch (RuntimeException e) {
            releases.releaseAllAfter(e);
            throw e;
        }
        CudaGraph graph = new CudaGraph(device, calls, executable, onClose);
        try {
            releases.releaseAll();
        } catch (RuntimeException e) {
            releases.add(graph::close);
            releases.releaseAllAfter(e);
            throw e;
        }
        return graph;
    }

    @Override
    public void replay() {
        if (!open) {
            throw new DeviceException("a cuda graph is used after its end");
        }
        device.requireNoCapture("replay");
        calls.check(cudaGraphLaunch(executable, device.stream()), "cudaGraphLaunch");
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            onClose.accept(this);
            calls.check(cudaGraphExecDestroy(executable), "cudaGraphExecDestroy");
        }
    }
}
