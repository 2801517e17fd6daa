package io.coxswain.worker.device.cuda;

import static org.bytedeco.cuda.global.cublas.CUBLASLT_EPILOGUE_DEFAULT;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_EPILOGUE_RELU;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_DESC_EPILOGUE;
import static org.bytedeco.cuda.global.cublas.CUBLAS_COMPUTE_32F;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulDescCreate;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulDescDestroy;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulDescSetAttribute;
import static org.bytedeco.cuda.global.cublas.cublasLtMatrixLayoutCreate;
import static org.bytedeco.cuda.global.cublas.cublasLtMatrixLayoutDestroy;
import static org.bytedeco.cuda.global.cudart.CUDA_R_16BF;
import static org.bytedeco.cuda.global.cudart.CUDA_R_32F;

import io.coxswain.worker.device.ElementType;
import io.coxswain.worker.device.GemmOptions.Epilogue;
import org.bytedeco.cuda.cublas.cublasLtMatmulAlgo_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulDescOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulHeuristicResult_t;
import org.bytedeco.cuda.cublas.cublasLtMatrixLayoutOpaque_t;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * What cuBLASLt needs for one kind of product. Confined to the forward thread.
 *
 * <p>cuBLASLt's matrices are column-major, and a row-major matrix is its own transposed in column-major order. So this asks for
 * {@code cT = bT * aT}, with b first and the dimensions the other way round, which needs no transposition at all.
 *
 * @param operation what is computed
 * @param layouts of the matrices
 * @param algorithm what cuBLASLt chose
 * @param workspaceBytes how much of the workspace the product may use
 * @param releases what ends with the plan
 */
record MatmulPlan(
        cublasLtMatmulDescOpaque_t operation,
        Layouts layouts,
        cublasLtMatmulAlgo_t algorithm,
        long workspaceBytes,
        Releases releases)
        implements AutoCloseable {

    /** As they lie in memory. */
    record Layouts(
            cublasLtMatrixLayoutOpaque_t left,
            cublasLtMatrixLayoutOpaque_t right,
            cublasLtMatrixLayoutOpaque_t result) {}

    /** Asks cuBLASLt; throws {@link CudaException} where it knows no algorithm for the product. */
    static MatmulPlan make(MatmulChoice choice) {
        Releases releases = new Releases();
        try {
            MatmulKey key = choice.key();
            cublasLtMatmulDescOpaque_t operation = operation(choice.calls(), key.epilogue(), releases);
            Layouts layouts = layouts(choice.calls(), key, releases);
            cublasLtMatmulHeuristicResult_t chosen = choice.choose(operation, layouts);
            releases.add(chosen::close);
            // The algorithm lies inside of what was chosen.
            return new MatmulPlan(operation, layouts, chosen.algo(), choice.workspaceBytes(), releases);
        } catch (RuntimeException e) {
            releases.releaseAllAfter(e);
            throw e;
        }
    }

    private static Layouts layouts(CudaCalls calls, MatmulKey key, Releases releases) {
        MatmulKey.Shape shape = key.shape();
        return new Layouts(
                layout(calls, key.factors(), shape.k(), shape.m(), releases),
                layout(calls, key.factors(), shape.n(), shape.k(), releases),
                layout(calls, key.result(), shape.n(), shape.m(), releases));
    }

    private static cublasLtMatmulDescOpaque_t operation(CudaCalls calls, Epilogue epilogue, Releases releases) {
        try (PointerPointer<Pointer> created = new PointerPointer<>(1);
                IntPointer function = new IntPointer(1)) {
            // Plain single precision: TF32, which rounds the factors of FLOAT32 to 10 bits, would be a compute type of
            // its own.
            calls.checkBlas(
                    cublasLtMatmulDescCreate(created, CUBLAS_COMPUTE_32F, CUDA_R_32F), "cublasLtMatmulDescCreate");
            var descriptor = new cublasLtMatmulDescOpaque_t(created.get());
            releases.add(() -> calls.checkBlas(cublasLtMatmulDescDestroy(descriptor), "cublasLtMatmulDescDestroy"));
            function.put(
                    switch (epilogue) {
                        case NONE -> CUBLASLT_EPILOGUE_DEFAULT;
                        case RELU -> CUBLASLT_EPILOGUE_RELU;
                    });
            calls.checkBlas(
                    cublasLtMatmulDescSetAttribute(descriptor, CUBLASLT_MATMUL_DESC_EPILOGUE, function, Integer.BYTES),
                    "cublasLtMatmulDescSetAttribute",
                    epilogue);
            return descriptor;
        }
    }

    /** A column-major matrix without gaps between its columns. */
    private static cublasLtMatrixLayoutOpaque_t layout(
            CudaCalls calls, ElementType type, int rows, int columns, Releases releases) {
        int dataType = switch (type) {
            case FLOAT32 -> CUDA_R_32F;
            case BFLOAT16 -> CUDA_R_16BF;
        };
        try (PointerPointer<Pointer> created = new PointerPointer<>(1)) {
            calls.checkBlas(
                    cublasLtMatrixLayoutCreate(created, dataType, rows, columns, rows), "cublasLtMatrixLayoutCreate");
            var layout = new cublasLtMatrixLayoutOpaque_t(created.get());
            releases.add(() -> calls.checkBlas(cublasLtMatrixLayoutDestroy(layout), "cublasLtMatrixLayoutDestroy"));
            return layout;
        }
    }

    /** Products that were launched do not need it any more. */
    @Override
    public void close() {
        releases.releaseAll();
    }
}
