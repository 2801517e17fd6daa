package io.coxswain.worker.device.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.coxswain.worker.device.BFloat16;
import io.coxswain.worker.device.DeviceBuffer;
import io.coxswain.worker.device.DeviceException;
import io.coxswain.worker.device.DeviceMatrix;
import io.coxswain.worker.device.ElementType;
import io.coxswain.worker.device.GemmOptions;
import io.coxswain.worker.device.GemmOptions.Epilogue;
import io.coxswain.worker.standin.RequiresStandIn;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the GPU's products have beside those that every device computes. */
@RequiresStandIn
class CudaProductTest {
    private CudaDevice device;

    @BeforeEach
    void open() {
        device = CudaDevice.open(TestDevices.CONFIG);
    }

    @AfterEach
    void close() {
        device.close();
    }

    @Test
    void shouldAddUpProductsOfBfloat16InSinglePrecision() {
        int inner = 1000;
        DeviceMatrix a = halves(1, inner, filled(inner, 1 + 1f / 128));
        DeviceMatrix b = halves(inner, 1, filled(inner, 1));
        DeviceMatrix sum = DeviceMatrix.at(device.allocate(4), 1, 1);
        DeviceMatrix rounded = DeviceMatrix.at(device.allocate(2), 1, 1, ElementType.BFLOAT16);

        device.gemm(a, b, sum, GemmOptions.PRODUCT);
        device.gemm(a, b, rounded, GemmOptions.PRODUCT);

        assertThat(singles(sum)[0]).isEqualTo(1007.8125f);
        assertThat(values(rounded)).containsExactly(BFloat16.toFloat(BFloat16.of(1007.8125f)));
    }

    @Test
    void shouldMultiplyBfloat16AsPlainLoopsDo() {
        long seed = Long.getLong("coxswain.test.seed", 7);
        Random random = new Random(seed);
        int rows = 5;
        int inner = 31;
        int columns = 7;
        float[] x = random(random, rows * inner);
        float[] y = random(random, inner * columns);
        DeviceMatrix a = halves(rows, inner, x);
        DeviceMatrix b = halves(inner, columns, y);
        DeviceMatrix c = halves(rows, columns, filled(rows * columns, -2));

        device.gemm(a, b, c, new GemmOptions(2f, 0.25f, Epilogue.RELU));

        float[] result = values(c);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                double sum = 0;
                for (int k = 0; k < inner; k++) {
                    sum += (double) x[i * inner + k] * y[k * columns + j];
                }
                double expected = Math.max(0, 2 * sum - 0.5);
                assertThat((double) result[i * columns + j])
                        .as("seed %d", seed)
                        .isCloseTo(expected, within(0.01 + expected / 128));
            }
        }
    }

    @Test
    void shouldMultiplyMatricesThatStartAnywhere() {
        DeviceBuffer memory = device.allocate(64);
        DeviceMatrix a = new DeviceMatrix(memory.view(2, 4), 1, 2, ElementType.BFLOAT16);
        DeviceMatrix b = new DeviceMatrix(memory.view(10, 4), 2, 1, ElementType.BFLOAT16);
        DeviceMatrix c = new DeviceMatrix(memory.view(20, 4), 1, 1);
        device.upload(bits(3, 4), a.data());
        device.upload(bits(5, 6), b.data());

        device.gemm(a, b, c, GemmOptions.PRODUCT);

        assertThat(singles(c)).containsExactly(39);
    }

    @Test
    void shouldKnowMoreKindsOfProductsThanItKeeps() {
        int most = 600;
        DeviceBuffer memory = device.allocate(4L * (2 * most + 1));
        device.upload(filled(2 * most, 1), 0, memory.view(0, 8L * most));
        DeviceMatrix c = new DeviceMatrix(memory.view(8L * most, 4), 1, 1);
        for (int round = 0; round < 2; round++) {
            for (int k = 1; k <= most; k++) {
                DeviceMatrix a = new DeviceMatrix(memory.view(0, 4L * k), 1, k);
                DeviceMatrix b = new DeviceMatrix(memory.view(4L * most, 4L * k), k, 1);
                device.gemm(a, b, c, GemmOptions.PRODUCT);
                assertThat(singles(c)).containsExactly(k);
            }
        }
    }

    @Test
    void shouldSayWhatAnEmptyProductLacks() {
        int columns = 1 << 19;
        DeviceBuffer memory = device.allocate(4L * columns);
        DeviceMatrix nothing = new DeviceMatrix(memory.view(0, 0), 1, 0);
        DeviceMatrix alsoNothing = new DeviceMatrix(memory.view(0, 0), 0, columns);
        DeviceMatrix c = DeviceMatrix.at(memory, 1, columns);

        assertThatThrownBy(() -> device.gemm(nothing, alsoNothing, c, new GemmOptions(1, 1, Epilogue.RELU)))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("workspaceBytes is 1048576");
        device.gemm(nothing, alsoNothing, c, GemmOptions.PRODUCT);
    }

    private DeviceMatrix halves(int rows, int columns, float... values) {
        DeviceMatrix matrix = DeviceMatrix.at(device.allocate(2L * values.length), rows, columns, ElementType.BFLOAT16);
        device.upload(bits(values), matrix.data());
        return matrix;
    }

    private static ByteBuffer bits(float... values) {
        ByteBuffer bits = ByteBuffer.allocate(2 * values.length).order(ByteOrder.nativeOrder());
        for (int i = 0; i < values.length; i++) {
            bits.putShort(2 * i, BFloat16.of(values[i]));
        }
        return bits;
    }

    private float[] values(DeviceMatrix halves) {
        ByteBuffer bits = ByteBuffer.allocate((int) halves.data().length()).order(ByteOrder.nativeOrder());
        device.download(halves.data(), bits);
        float[] values = new float[bits.capacity() / 2];
        for (int i = 0; i < values.length; i++) {
            values[i] = BFloat16.toFloat(bits.getShort(2 * i));
        }
        return values;
    }

    private float[] singles(DeviceMatrix matrix) {
        float[] values = new float[matrix.rows() * matrix.columns()];
        device.download(matrix.data(), values, 0);
        return values;
    }

    private static float[] filled(int count, float value) {
        float[] values = new float[count];
        Arrays.fill(values, value);
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
