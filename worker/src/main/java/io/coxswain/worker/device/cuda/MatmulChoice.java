package io.coxswain.worker.device.cuda;

import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES;
import static org.bytedeco.cuda.global.cublas.CUBLAS_STATUS_NOT_SUPPORTED;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulAlgoGetHeuristic;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulPreferenceCreate;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulPreferenceDestroy;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulPreferenceSetAttribute;

import java.util.List;
import org.bytedeco.cuda.cublas.cublasLtContext;
import org.bytedeco.cuda.cublas.cublasLtMatmulDescOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulHeuristicResult_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulPreferenceOpaque_t;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * The question to cuBLASLt which algorithm it takes for a product.
 *
 * @param workspaceBytes the most that the algorithm may use
 */
record MatmulChoice(CudaCalls calls, cublasLtContext blas, MatmulKey key, long workspaceBytes) {
    private static final List<Integer> ALIGNMENTS = List.of(
            CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES,
            CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
            CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES,
            CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES);

    /** What cuBLASLt thinks is the fastest, with the right factor as its first; the caller closes it. */
    cublasLtMatmulHeuristicResult_t choose(cublasLtMatmulDescOpaque_t operation, MatmulPlan.Layouts layouts) {
        Releases releases = new Releases();
        var best = new cublasLtMatmulHeuristicResult_t();
        try {
            cublasLtMatmulPreferenceOpaque_t preference = preference(releases);
            int[] found = new int[1];
            int status = cublasLtMatmulAlgoGetHeuristic(
                    blas,
                    operation,
                    layouts.right(),
                    layouts.left(),
                    layouts.result(),
                    layouts.result(),
                    preference,
                    1,
                    best,
                    found);
            calls.checkBlas(status, "cublasLtMatmulAlgoGetHeuristic", key);
            if (found[0] == 0) {
                throw calls.blasFailure(CUBLAS_STATUS_NOT_SUPPORTED, "cublasLtMatmulAlgoGetHeuristic", key);
            }
            calls.checkBlas(best.state(), "cublasLtMatmulAlgoGetHeuristic", key);
        } catch (RuntimeException e) {
            releases.add(best::close);
            releases.releaseAllAfter(e);
            throw e;
        }
        releases.releaseAll();
        return best;
    }

    private cublasLtMatmulPreferenceOpaque_t preference(Releases releases) {
        try (PointerPointer<Pointer> created = new PointerPointer<>(1);
                LongPointer workspace = new LongPointer(1);
                IntPointer alignment = new IntPointer(1)) {
            calls.checkBlas(cublasLtMatmulPreferenceCreate(created), "cublasLtMatmulPreferenceCreate");
            var preference = new cublasLtMatmulPreferenceOpaque_t(created.get());
            releases.add(() ->
                    calls.checkBlas(cublasLtMatmulPreferenceDestroy(preference), "cublasLtMatmulPreferenceDestroy"));
            workspace.put(workspaceBytes);
            set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, workspace, Long.BYTES);
            alignment.put(key.alignment());
            // cuBLASLt otherwise takes it for granted that everything lies as cudaMalloc returned it; a view may start
            // anywhere.
            ALIGNMENTS.forEach(attribute -> set(preference, attribute, alignment, Integer.BYTES));
            return preference;
        }
    }

    private void set(cublasLtMatmulPreferenceOpaque_t preference, int attribute, Pointer value, int bytes) {
        calls.checkBlas(
                cublasLtMatmulPreferenceSetAttribute(preference, attribute, value, bytes),
                "cublasLtMatmulPreferenceSetAttribute",
                key);
    }
}
