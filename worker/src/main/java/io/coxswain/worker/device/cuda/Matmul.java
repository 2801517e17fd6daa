package io.coxswain.worker.device.cuda;

import static org.bytedeco.cuda.global.cublas.cublasLtCreate;
import static org.bytedeco.cuda.global.cublas.cublasLtDestroy;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmul;
import static org.bytedeco.cuda.global.cudart.cudaFree;
import static org.bytedeco.cuda.global.cudart.cudaMalloc;
import static org.bytedeco.cuda.global.cudart.cudaMemsetAsync;

import io.coxswain.worker.device.DeviceException;
import io.coxswain.worker.device.GemmOptions;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.cuda.cublas.cublasLtContext;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products by cuBLASLt on one stream. What it knows of a kind of product is kept, for the {@value #MOST_PLANS} kinds that
 * were used last, so that a step asks nothing and allocates nothing on the device. Confined to the forward thread.
 */
final class Matmul {
    private static final int MOST_PLANS = 512;

    private final CudaCalls calls;
    private final CUstream_st stream;
    private final cublasLtContext blas;
    private final Workspace workspace;
    private final Scalars scalars;
    private final Map<MatmulKey, MatmulPlan> plans = new LinkedHashMap<>(16, 0.75f, true);

    private Matmul(CudaCalls calls, CUstream_st stream, cublasLtContext blas, Workspace workspace, Scalars scalars) {
        this.calls = calls;
        this.stream = stream;
        this.blas = blas;
        this.workspace = workspace;
        this.scalars = scalars;
    }

    /** Makes the handle and the workspace; both are released by {@code releases}, also where this fails half-way. */
    static Matmul open(CudaCalls calls, CUstream_st stream, long workspaceBytes, Releases releases) {
        cublasLtContext blas = new cublasLtContext();
        calls.checkBlas(cublasLtCreate(blas), "cublasLtCreate");
        releases.add(() -> calls.checkBlas(cublasLtDestroy(blas), "cublasLtDestroy"));
        Workspace workspace = Workspace.allocate(calls, workspaceBytes, releases);
        Matmul matmul = new Matmul(calls, stream, blas, workspace, Scalars.allocate(releases));
        releases.add(matmul::forgetPlans);
        return matmul;
    }

    /** Device memory for intermediate sums. */
    private record Workspace(Pointer memory, long bytes) {
        static Workspace allocate(CudaCalls calls, long bytes, Releases releases) {
            BytePointer memory = new BytePointer((Pointer) null);
            calls.check(cudaMalloc(memory, bytes), "cudaMalloc", bytes);
            releases.add(() -> calls.check(cudaFree(memory), "cudaFree"));
            return new Workspace(memory, bytes);
        }
    }

    /** Host memory for what cuBLASLt wants by address; it is read during the call, also while that is only recorded. */
    private record Scalars(FloatPointer alpha, FloatPointer beta) {
        static Scalars allocate(Releases releases) {
            FloatPointer alpha = new FloatPointer(1);
            releases.add(alpha::close);
            FloatPointer beta = new FloatPointer(1);
            releases.add(beta::close);
            return new Scalars(alpha, beta);
        }
    }

    /** The product of what the key says; the result has an element at least. */
    void multiply(MatmulKey key, Pointer a, Pointer b, Pointer c, GemmOptions options) {
        if (key.shape().k() == 0) {
            scale(key, c, options);
        } else {
            launch(key, new Factors(a, b, workspace.bytes), c, options);
        }
    }

    /**
     * A product of nothing, {@code c = epilogue(beta * c)}: cuBLASLt does not know it, so it gets one column and one row of zeros,
     * which lie in the workspace, and must do without that.
     */
    private void scale(MatmulKey key, Pointer c, GemmOptions options) {
        MatmulKey.Shape shape = key.shape();
        if (options.beta() == 0) {
            clear(c, (long) shape.m() * shape.n() * key.result().bytes());
            return;
        }
        long zeros = Math.max(shape.m(), shape.n()) * (long) key.factors().bytes();
        if (zeros > workspace.bytes) {
            throw new DeviceException("an empty product of " + shape.m() + " x " + shape.n() + " needs a workspace of "
                    + zeros + " bytes, workspaceBytes is " + workspace.bytes);
        }
        clear(workspace.memory, zeros);
        // With alpha the zeros could become something else: it may be infinite.
        GemmOptions scaling = new GemmOptions(0, options.beta(), options.epilogue());
        launch(key.withK(1), new Factors(workspace.memory, workspace.memory, 0), c, scaling);
    }

    private void clear(Pointer memory, long bytes) {
        calls.check(cudaMemsetAsync(memory, 0, bytes, stream), "cudaMemsetAsync", bytes);
    }

    /** @param free how many bytes of the workspace hold nothing of the factors */
    private record Factors(Pointer left, Pointer right, long free) {}

    private void launch(MatmulKey key, Factors factors, Pointer c, GemmOptions options) {
        MatmulPlan plan = plan(key, factors.free);
        scalars.alpha.put(options.alpha());
        scalars.beta.put(options.beta());
        int status = cublasLtMatmul(
                blas,
                plan.operation(),
                scalars.alpha,
                factors.right,
                plan.layouts().right(),
                factors.left,
                plan.layouts().left(),
                scalars.beta,
                c,
                plan.layouts().result(),
                c,
                plan.layouts().result(),
                plan.algorithm(),
                workspace.memory,
                plan.workspaceBytes(),
                stream);
        calls.checkBlas(status, "cublasLtMatmul", key);
    }

    private MatmulPlan plan(MatmulKey key, long free) {
        MatmulPlan known = plans.get(key);
        if (known != null && known.workspaceBytes() <= free) {
            return known;
        }
        forget(plans.remove(key));
        if (plans.size() == MOST_PLANS) {
            forget(plans.remove(plans.keySet().iterator().next()));
        }
        MatmulPlan made = MatmulPlan.make(new MatmulChoice(calls, blas, key, free));
        plans.put(key, made);
        return made;
    }

    private static void forget(@Nullable MatmulPlan plan) {
        if (plan != null) {
            plan.close();
        }
    }

    private void forgetPlans() {
        Releases all = new Releases();
        plans.values().forEach(plan -> all.add(plan::close));
        plans.clear();
        all.releaseAll();
    }
}
