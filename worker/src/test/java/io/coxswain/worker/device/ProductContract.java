package io.coxswain.worker.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.coxswain.worker.device.GemmOptions.Epilogue;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The products that every device computes. */
public abstract class ProductContract {
    private Device device;

    /** A fresh device, which the contract closes. */
    protected abstract Device open();

    @BeforeEach
    void openDevice() {
        device = open();
    }

    @AfterEach
    void closeDevice() {
        device.close();
    }

    protected final Device device() {
        return device;
    }

    @Test
    void shouldMultiplyRowMajorMatrices() {
        DeviceMatrix a = matrix(2, 3, 1, 2, 3, 4, 5, 6);
        DeviceMatrix b = matrix(3, 2, 7, 8, 9, 10, 11, 12);
        DeviceMatrix c = matrix(2, 2, 0, 0, 0, 0);

        device.gemm(a, b, c, GemmOptions.PRODUCT);

        assertThat(floats(c)).containsExactly(58, 64, 139, 154);
    }

    @Test
    void shouldScaleTheProductAndAddToWhatWasThere() {
        DeviceMatrix c = matrix(1, 2, 10, 20);

        device.gemm(matrix(1, 1, 3), matrix(1, 2, 1, 2), c, new GemmOptions(2f, 0.5f, Epilogue.NONE));

        assertThat(floats(c)).containsExactly(2 * 3 + 5, 2 * 6 + 10);
    }

    @Test
    void shouldIgnoreWhatWasThereWhenBetaIsZero() {
        DeviceMatrix c = matrix(1, 1, Float.NaN);

        device.gemm(matrix(1, 1, 3), matrix(1, 1, 5), c, GemmOptions.PRODUCT);

        assertThat(floats(c)).containsExactly(15);
    }

    @Test
    void shouldReplaceNegativesByZeroAndKeepNotANumber() {
        DeviceMatrix c = matrix(1, 4, 0, 0, 0, 0);

        device.gemm(matrix(1, 1, 1), matrix(1, 4, -1, 2, Float.NaN, -0.5f), c, GemmOptions.PRODUCT_RELU);

        assertThat(floats(c)).containsExactly(0f, 2f, Float.NaN, 0f);
    }

    @Test
    void shouldReplaceNegativesInMatricesLargerThanABlock() {
        int columns = 10_001;
        float[] values = new float[columns];
        for (int i = 0; i < columns; i++) {
            values[i] = i % 2 == 0 ? i : -i;
        }
        DeviceMatrix c = matrix(1, columns, new float[columns]);

        device.gemm(matrix(1, 1, 1), matrix(1, columns, values), c, GemmOptions.PRODUCT_RELU);

        float[] result = floats(c);
        for (int i = 0; i < columns; i++) {
            assertThat(result[i]).isEqualTo(i % 2 == 0 ? i : 0f);
        }
    }

    @Test
    void shouldMultiplyPartsOfBuffersAsPlainLoopsDo() {
        long seed = Long.getLong("coxswain.test.seed", 7);
        Random random = new Random(seed);
        int rows = 17;
        int inner = 33;
        int columns = 9;
        DeviceBuffer memory = device.allocate(4L * (5 + rows * inner + inner * columns + rows * columns));
        DeviceMatrix a = new DeviceMatrix(memory.view(20, 4L * rows * inner), rows, inner);
        DeviceMatrix b = new DeviceMatrix(memory.view(20 + 4L * rows * inner, 4L * inner * columns), inner, columns);
        DeviceMatrix c = new DeviceMatrix(
                memory.view(20 + 4L * (rows * inner + inner * columns), 4L * rows * columns), rows, columns);
        float[] x = random(random, rows * inner);
        float[] y = random(random, inner * columns);
        device.upload(x, 0, a.data());
        device.upload(y, 0, b.data());

        device.gemm(a, b, c, GemmOptions.PRODUCT);

        float[] result = floats(c);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                double sum = 0;
                for (int k = 0; k < inner; k++) {
                    sum += (double) x[i * inner + k] * y[k * columns + j];
                }
                assertThat((double) result[i * columns + j]).as("seed %d", seed).isCloseTo(sum, within(1e-4));
            }
        }
    }

    @Test
    void shouldTakeTheEmptyProductForZero() {
        DeviceBuffer memory = device.allocate(8);
        device.upload(new float[] {5, 6}, 0, memory.view(0, 8));
        DeviceMatrix nothing = new DeviceMatrix(device.allocate(4).view(0, 0), 1, 0);
        DeviceMatrix alsoNothing = new DeviceMatrix(device.allocate(4).view(0, 0), 0, 2);

        device.gemm(nothing, alsoNothing, DeviceMatrix.at(memory, 1, 2), GemmOptions.PRODUCT);

        assertThat(floats(DeviceMatrix.at(memory, 1, 2))).containsExactly(0, 0);
    }

    @Test
    void shouldAddTheEmptyProductToWhatWasThere() {
        DeviceMatrix c = matrix(2, 2, 8, -6, 4, -2);
        DeviceMatrix nothing = new DeviceMatrix(device.allocate(4).view(0, 0), 2, 0);
        DeviceMatrix alsoNothing = new DeviceMatrix(device.allocate(4).view(0, 0), 0, 2);

        device.gemm(nothing, alsoNothing, c, new GemmOptions(3f, 0.5f, Epilogue.NONE));
        assertThat(floats(c)).containsExactly(4, -3, 2, -1);
        device.gemm(nothing, alsoNothing, c, new GemmOptions(1f, 2f, Epilogue.RELU));
        assertThat(floats(c)).containsExactly(8, 0, 4, 0);
    }

    @Test
    void shouldLeaveAResultWithoutElementsAlone() {
        DeviceMatrix empty = new DeviceMatrix(device.allocate(4).view(0, 0), 0, 2);
        DeviceMatrix noRows = new DeviceMatrix(device.allocate(4).view(0, 0), 0, 1);

        device.gemm(noRows, matrix(1, 2, 1, 2), empty, GemmOptions.PRODUCT);
        device.synchronize();

        assertThat(empty.isEmpty()).isTrue();
    }

    @Test
    void shouldRefuseMatricesThatDoNotFit() {
        assertThatThrownBy(() ->
                        device.gemm(matrix(1, 2, 1, 2), matrix(3, 1, 1, 2, 3), matrix(1, 1, 0), GemmOptions.PRODUCT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 x 2")
                .hasMessageContaining("3 x 1");
        assertThatThrownBy(() -> new DeviceMatrix(device.allocate(8).view(0, 8), 3, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 x 1");
    }

    @Test
    void shouldRefuseAResultThatOverlapsAFactor() {
        DeviceMatrix a = matrix(1, 1, 2);

        assertThatThrownBy(() -> device.gemm(a, matrix(1, 1, 2), a, GemmOptions.PRODUCT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("overlaps");
    }

    protected final DeviceMatrix matrix(int rows, int columns, float... values) {
        DeviceMatrix matrix = DeviceMatrix.at(device.allocate(4L * values.length), rows, columns);
        device.upload(values, 0, matrix.data());
        return matrix;
    }

    protected final float[] floats(DeviceMatrix matrix) {
        float[] values = new float[matrix.rows() * matrix.columns()];
        device.download(matrix.data(), values, 0);
        return values;
    }

    private static float[] random(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return values;
    }
}
