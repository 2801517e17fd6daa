package io.coxswain.worker.standin;

import static io.coxswain.worker.standin.Bindings.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.cuda.global.cublas.*;
import static org.bytedeco.cuda.global.cudart.*;

import java.util.Arrays;
import java.util.Random;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.cublas.cublasLtContext;
import org.bytedeco.cuda.cublas.cublasLtMatmulDescOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulHeuristicResult_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulPreferenceOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatrixLayoutOpaque_t;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.ShortPointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@RequiresStandIn
class StandInMatmulTest {
    private final cublasLtContext handle = new cublasLtContext();
    private final CUstream_st stream = stream();
    private final FloatPointer one = new FloatPointer(1f);
    private final FloatPointer zero = new FloatPointer(0f);

    StandInMatmulTest() {
        blas(cublasLtCreate(handle));
    }

    @AfterEach
    void release() {
        blas(cublasLtDestroy(handle));
        cuda(cudaStreamDestroy(stream));
    }

    private static void blas(int status) {
        assertThat(status).as(() -> cublasLtGetStatusName(status).getString()).isEqualTo(CUBLAS_STATUS_SUCCESS);
    }

    private static cublasLtMatmulDescOpaque_t description(int compute) {
        PointerPointer<cublasLtMatmulDescOpaque_t> cell = new PointerPointer<>(1);
        blas(cublasLtMatmulDescCreate(cell, compute, CUDA_R_32F));
        return cell.get(cublasLtMatmulDescOpaque_t.class);
    }

    private static void set(cublasLtMatmulDescOpaque_t description, int attribute, int value) {
        blas(cublasLtMatmulDescSetAttribute(description, attribute, new IntPointer(new int[] {value}), Integer.BYTES));
    }

    private static cublasLtMatrixLayoutOpaque_t layout(int type, int rows, int columns, int order) {
        PointerPointer<cublasLtMatrixLayoutOpaque_t> cell = new PointerPointer<>(1);
        blas(cublasLtMatrixLayoutCreate(cell, type, rows, columns, order == CUBLASLT_ORDER_ROW ? columns : rows));
        cublasLtMatrixLayoutOpaque_t layout = cell.get(cublasLtMatrixLayoutOpaque_t.class);
        blas(cublasLtMatrixLayoutSetAttribute(
                layout, CUBLASLT_MATRIX_LAYOUT_ORDER, new IntPointer(new int[] {order}), Integer.BYTES));
        return layout;
    }

    private static cublasLtMatrixLayoutOpaque_t rows(int rows, int columns) {
        return layout(CUDA_R_32F, rows, columns, CUBLASLT_ORDER_ROW);
    }

    private int multiply(
            cublasLtMatmulDescOpaque_t description,
            FloatPointer a,
            cublasLtMatrixLayoutOpaque_t layoutA,
            FloatPointer b,
            cublasLtMatrixLayoutOpaque_t layoutB,
            FloatPointer d,
            cublasLtMatrixLayoutOpaque_t layoutD) {
        return cublasLtMatmul(
                handle, description, one, a, layoutA, b, layoutB, zero, d, layoutD, d, layoutD, null, null, 0, stream);
    }

    private static float[] random(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return values;
    }

    @Test
    void shouldMultiplyInRowAndColumnOrderWithTranspositionsAndReLu() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            int m = 1 + random.nextInt(70);
            int n = 1 + random.nextInt(90);
            int k = 1 + random.nextInt(60);
            boolean transA = random.nextBoolean();
            boolean transB = random.nextBoolean();
            boolean relu = random.nextBoolean();
            int order = random.nextBoolean() ? CUBLASLT_ORDER_ROW : CUBLASLT_ORDER_COL;
            float[] a = random(random, m * k);
            float[] b = random(random, k * n);
            cublasLtMatmulDescOpaque_t description = description(CUBLAS_COMPUTE_32F);
            set(description, CUBLASLT_MATMUL_DESC_TRANSA, transA ? CUBLAS_OP_T : CUBLAS_OP_N);
            set(description, CUBLASLT_MATMUL_DESC_TRANSB, transB ? CUBLAS_OP_T : CUBLAS_OP_N);
            set(description, CUBLASLT_MATMUL_DESC_EPILOGUE, relu ? CUBLASLT_EPILOGUE_RELU : CUBLASLT_EPILOGUE_DEFAULT);
            FloatPointer deviceA = deviceOf(a);
            FloatPointer deviceB = deviceOf(b);
            FloatPointer deviceD = device((long) m * n);

            blas(multiply(
                    description,
                    deviceA,
                    layout(CUDA_R_32F, transA ? k : m, transA ? m : k, order),
                    deviceB,
                    layout(CUDA_R_32F, transB ? n : k, transB ? k : n, order),
                    deviceD,
                    layout(CUDA_R_32F, m, n, order)));
            cuda(cudaStreamSynchronize(stream));

            float[] d = read(deviceD, m * n);
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    double sum = 0;
                    for (int l = 0; l < k; l++) {
                        sum += (double) a[at(order, transA, i, l, m, k)] * b[at(order, transB, l, j, k, n)];
                    }
                    assertThat((double) d[at(order, false, i, j, m, n)])
                            .as("seed %d round %d", seed, round)
                            .isCloseTo(relu ? Math.max(0, sum) : sum, within(1e-4));
                }
            }
            cuda(cudaFree(deviceA));
            cuda(cudaFree(deviceB));
            cuda(cudaFree(deviceD));
            blas(cublasLtMatmulDescDestroy(description));
        }
    }

    /** Where the element of the operand of rows times columns lies, which is stored transposed or not. */
    private static int at(int order, boolean transposed, int row, int column, int rows, int columns) {
        boolean contiguousColumns = (order == CUBLASLT_ORDER_ROW) != transposed;
        return contiguousColumns ? row * columns + column : column * rows + row;
    }

    @Test
    void shouldGiveARowTheSameBitsWhateverTheOtherRowsAre() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int k = 333;
        int n = 77;
        FloatPointer a = deviceOf(random(random, 40 * k));
        FloatPointer b = deviceOf(random(random, k * n));
        FloatPointer all = device(40L * n);
        FloatPointer alone = device(n);
        cublasLtMatmulDescOpaque_t description = description(CUBLAS_COMPUTE_32F);

        blas(multiply(description, a, rows(40, k), b, rows(k, n), all, rows(40, n)));
        blas(multiply(description, a, rows(1, k), b, rows(k, n), alone, rows(1, n)));
        cuda(cudaStreamSynchronize(stream));

        assertThat(read(alone, n)).as("seed %d", seed).containsExactly(read(all, n));
        cuda(cudaFree(a));
        cuda(cudaFree(b));
        cuda(cudaFree(all));
        cuda(cudaFree(alone));
    }

    @Test
    void shouldScaleAndAddAndRunAgainInAGraph() {
        FloatPointer a = deviceOf(1, 2, 3, 4);
        FloatPointer b = deviceOf(1, 0, 0, 1);
        FloatPointer c = deviceOf(10, 20, 30, 40);
        cublasLtMatmulDescOpaque_t description = description(CUBLAS_COMPUTE_32F);
        cublasLtMatrixLayoutOpaque_t square = rows(2, 2);
        FloatPointer two = new FloatPointer(2f);
        cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
        blas(cublasLtMatmul(
                handle, description, two, a, square, b, square, one, c, square, c, square, null, null, 0, stream));
        two.put(0, 1000); // read when it was called
        CUgraphExec_st graph = endCapture(stream);

        cuda(cudaGraphLaunch(graph, stream));
        cuda(cudaGraphLaunch(graph, stream));
        cuda(cudaStreamSynchronize(stream));

        assertThat(read(c, 4)).containsExactly(14, 28, 42, 56);
        cuda(cudaGraphExecDestroy(graph));
        cuda(cudaFree(a));
        cuda(cudaFree(b));
        cuda(cudaFree(c));
    }

    @Test
    void shouldMultiplyBfloat16WithSumsOfSinglePrecision() {
        short eighth = 0x3e00; // 0.125
        int k = 1000;
        short[] values = new short[k];
        Arrays.fill(values, eighth);
        ShortPointer host = new ShortPointer(values);
        FloatPointer a = device(k / 2);
        FloatPointer b = device(k / 2);
        FloatPointer single = device(1);
        cuda(cudaMemcpy(a, host, 2L * k, cudaMemcpyHostToDevice));
        cuda(cudaMemcpy(b, host, 2L * k, cudaMemcpyHostToDevice));
        cublasLtMatmulDescOpaque_t description = description(CUBLAS_COMPUTE_32F);
        cublasLtMatrixLayoutOpaque_t row = layout(CUDA_R_16BF, 1, k, CUBLASLT_ORDER_ROW);
        cublasLtMatrixLayoutOpaque_t column = layout(CUDA_R_16BF, k, 1, CUBLASLT_ORDER_ROW);

        blas(multiply(description, a, row, b, column, single, rows(1, 1)));
        cuda(cudaStreamSynchronize(stream));
        assertThat(read(single, 1)).containsExactly(k / 64f);

        blas(multiply(description, a, row, b, column, single, layout(CUDA_R_16BF, 1, 1, CUBLASLT_ORDER_ROW)));
        cuda(cudaStreamSynchronize(stream));
        cuda(cudaMemcpy(host, single, 2, cudaMemcpyDeviceToHost));
        assertThat(host.get(0)).isEqualTo((short) (Float.floatToIntBits(15.625f) >> 16));
        cuda(cudaFree(a));
        cuda(cudaFree(b));
        cuda(cudaFree(single));
    }

    @Test
    void shouldCheckItsArgumentsAsCublasLtDoes() {
        FloatPointer memory = device(64);
        cublasLtMatmulDescOpaque_t description = description(CUBLAS_COMPUTE_32F);
        assertThat(multiply(description, memory, rows(2, 3), memory, rows(4, 2), memory, rows(2, 2)))
                .as("inner dimensions differ")
                .isEqualTo(CUBLAS_STATUS_INVALID_VALUE);
        assertThat(multiply(description, new FloatPointer(), rows(2, 2), memory, rows(2, 2), memory, rows(2, 2)))
                .as("no matrix")
                .isEqualTo(CUBLAS_STATUS_INVALID_VALUE);
        PointerPointer<cublasLtMatrixLayoutOpaque_t> cell = new PointerPointer<>(1);
        blas(cublasLtMatrixLayoutCreate(cell, CUDA_R_32F, 4, 2, 3));
        assertThat(multiply(
                        description,
                        memory,
                        cell.get(cublasLtMatrixLayoutOpaque_t.class),
                        memory,
                        rows(2, 2),
                        memory,
                        rows(4, 2)))
                .as("lines that overlap")
                .isEqualTo(CUBLAS_STATUS_INVALID_VALUE);
        cublasLtMatmulDescOpaque_t doubles = description(CUBLAS_COMPUTE_64F);
        assertThat(multiply(doubles, memory, rows(2, 2), memory, rows(2, 2), memory, rows(2, 2)))
                .isEqualTo(CUBLAS_STATUS_NOT_SUPPORTED);
        set(description, CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_GELU);
        assertThat(multiply(description, memory, rows(2, 2), memory, rows(2, 2), memory, rows(2, 2)))
                .isEqualTo(CUBLAS_STATUS_NOT_SUPPORTED);
        assertThat(cublasLtMatmulDescSetAttribute(
                        description, CUBLASLT_MATMUL_DESC_TRANSA, new IntPointer(new int[] {1}), 2))
                .isEqualTo(CUBLAS_STATUS_INVALID_VALUE);
        blas(cublasLtMatmulDescDestroy(description));
        assertThat(multiply(description, memory, rows(2, 2), memory, rows(2, 2), memory, rows(2, 2)))
                .isEqualTo(CUBLAS_STATUS_INVALID_VALUE);
        assertThat(cublasLtGetStatusName(CUBLAS_STATUS_NOT_SUPPORTED).getString())
                .isEqualTo("CUBLAS_STATUS_NOT_SUPPORTED");
        cuda(cudaFree(memory));
    }

    @Test
    void shouldFindOneAlgorithmWhereItKnowsTheProduct() {
        PointerPointer<cublasLtMatmulPreferenceOpaque_t> cell = new PointerPointer<>(1);
        blas(cublasLtMatmulPreferenceCreate(cell));
        cublasLtMatmulPreferenceOpaque_t preference = cell.get(cublasLtMatmulPreferenceOpaque_t.class);
        blas(cublasLtMatmulPreferenceSetAttribute(
                preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, new LongPointer(1L << 20), Long.BYTES));
        cublasLtMatmulDescOpaque_t description = description(CUBLAS_COMPUTE_32F_FAST_TF32);
        cublasLtMatmulHeuristicResult_t result = new cublasLtMatmulHeuristicResult_t();
        int[] found = new int[1];

        blas(cublasLtMatmulAlgoGetHeuristic(
                handle, description, rows(2, 3), rows(3, 4), rows(2, 4), rows(2, 4), preference, 1, result, found));
        assertThat(found[0]).isEqualTo(1);
        assertThat(result.state()).isEqualTo(CUBLAS_STATUS_SUCCESS);
        assertThat(result.workspaceSize()).isZero();

        set(description, CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
        assertThat(cublasLtMatmulAlgoGetHeuristic(
                        handle,
                        description,
                        rows(2, 3),
                        rows(3, 4),
                        rows(2, 4),
                        rows(2, 4),
                        preference,
                        1,
                        result,
                        found))
                .isEqualTo(CUBLAS_STATUS_NOT_SUPPORTED);
        assertThat(found[0]).isZero();
        blas(cublasLtMatmulPreferenceDestroy(preference));
    }

    @Test
    void shouldMultiplyInColumnOrderThroughCublasToo() {
        cublasContext blas = new cublasContext();
        blas(cublasCreate_v2(blas));
        blas(cublasSetStream_v2(blas, stream));
        FloatPointer a = deviceOf(1, 2, 3, 4, 5, 6); // 2 by 3
        FloatPointer b = deviceOf(1, 1, 1); // 3 by 1
        FloatPointer c = device(2);

        blas(cublasGemmEx(
                blas,
                CUBLAS_OP_N,
                CUBLAS_OP_N,
                2,
                1,
                3,
                one,
                a,
                CUDA_R_32F,
                2,
                b,
                CUDA_R_32F,
                3,
                zero,
                c,
                CUDA_R_32F,
                2,
                CUBLAS_COMPUTE_32F,
                CUBLAS_GEMM_DEFAULT));
        cuda(cudaStreamSynchronize(stream));

        assertThat(read(c, 2)).containsExactly(9, 12);
        blas(cublasDestroy_v2(blas));
        assertThat(cublasSetStream_v2(blas, stream)).isEqualTo(CUBLAS_STATUS_NOT_INITIALIZED);
        cuda(cudaFree(a));
        cuda(cudaFree(b));
        cuda(cudaFree(c));
    }
}
