package io.coxswain.worker.gpucheck;

import io.coxswain.worker.device.BFloat16;
import io.coxswain.worker.device.DeviceBuffer;
import io.coxswain.worker.device.DeviceMatrix;
import io.coxswain.worker.device.ElementType;
import io.coxswain.worker.device.GemmOptions;
import io.coxswain.worker.device.cpu.CpuDevice;
import io.coxswain.worker.device.cpu.CpuDeviceConfig;
import io.coxswain.worker.device.cuda.CudaDevice;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/** Whether the device multiplies as the CPU does, and how fast. */
final class ProductChecks {
    /** Rows and columns of the products that are compared: enough for all of an algorithm's paths, and quick on the CPU. */
    private static final int COMPARED = 384;

    private static final int REPETITIONS = 20;
    private static final long SEED = 7;

    /** Far above what single precision loses, and below what TF32 would. */
    private static final float SINGLE_TOLERANCE = 1e-4f;

    /** The factors are the same on both sides; what differs is how the device adds up. */
    private static final float HALF_TOLERANCE = 1e-3f;

    private final CudaDevice device;
    private final int timed;

    ProductChecks(CudaDevice device, int timed) {
        this.device = device;
        this.timed = timed;
    }

    String singles() {
        return check(ElementType.FLOAT32, SINGLE_TOLERANCE);
    }

    String halves() {
        return check(ElementType.BFLOAT16, HALF_TOLERANCE);
    }

    String relu() {
        float[] values = {-1, 2, Float.NaN, -0.5f};
        try (DeviceBuffer memory = device.allocate(64)) {
            DeviceMatrix one = new DeviceMatrix(memory.view(0, 4), 1, 1);
            DeviceMatrix row = new DeviceMatrix(memory.view(16, 16), 1, 4);
            DeviceMatrix result = new DeviceMatrix(memory.view(32, 16), 1, 4);
            device.upload(new float[] {1}, 0, one.data());
            device.upload(values, 0, row.data());
            device.gemm(one, row, result, GemmOptions.PRODUCT_RELU);
            device.download(result.data(), values, 0);
        }
        if (values[0] != 0 || values[1] != 2 || values[3] != 0) {
            throw new CheckFailedException("relu of -1, 2, -0.5 is " + values[0] + ", " + values[1] + ", " + values[3]);
        }
        if (!Float.isNaN(values[2])) {
            throw new CheckFailedException(
                    "relu of not-a-number is " + values[2] + ", which hides errors of the model");
        }
        return "negatives become zero, not-a-number stays";
    }

    private String check(ElementType type, float tolerance) {
        Random random = new Random(SEED);
        float[] a = values(random, type);
        float[] b = values(random, type);
        float worst = difference(onCpu(a, b), onDevice(a, b, type));
        if (!(worst <= tolerance)) {
            throw new CheckFailedException("differs from the CPU's result by " + worst + ", allowed is " + tolerance);
        }
        double operations = 2.0 * timed * timed * timed;
        return Figures.gigaflops(operations, nanosOfOne(type)) + " at " + timed + " x " + timed + ", within " + worst
                + " of the CPU's result";
    }

    /** Values that are the same in both types, so that both sides multiply the same. */
    private static float[] values(Random random, ElementType type) {
        float[] values = new float[COMPARED * COMPARED];
        for (int i = 0; i < values.length; i++) {
            float value = random.nextFloat() - 0.5f;
            values[i] = type == ElementType.BFLOAT16 ? BFloat16.toFloat(BFloat16.of(value)) : value;
        }
        return values;
    }

    private static float[] onCpu(float[] a, float[] b) {
        int processors = Runtime.getRuntime().availableProcessors();
        long bytes = (long) Float.BYTES * COMPARED * COMPARED;
        float[] result = new float[COMPARED * COMPARED];
        try (CpuDevice cpu = CpuDevice.open(new CpuDeviceConfig(Math.min(processors, 1024)))) {
            DeviceMatrix x = DeviceMatrix.at(cpu.allocate(bytes), COMPARED, COMPARED);
            DeviceMatrix y = DeviceMatrix.at(cpu.allocate(bytes), COMPARED, COMPARED);
            DeviceMatrix z = DeviceMatrix.at(cpu.allocate(bytes), COMPARED, COMPARED);
            cpu.upload(a, 0, x.data());
            cpu.upload(b, 0, y.data());
            cpu.gemm(x, y, z, GemmOptions.PRODUCT);
            cpu.download(z.data(), result, 0);
        }
        return result;
    }

    private float[] onDevice(float[] a, float[] b, ElementType type) {
        long bytes = (long) type.bytes() * COMPARED * COMPARED;
        float[] result = new float[COMPARED * COMPARED];
        try (DeviceBuffer first = device.allocate(bytes);
                DeviceBuffer second = device.allocate(bytes);
                DeviceBuffer product = device.allocate((long) Float.BYTES * COMPARED * COMPARED)) {
            DeviceMatrix c = DeviceMatrix.at(product, COMPARED, COMPARED);
            device.upload(bits(a, type), first.view(0, bytes));
            device.upload(bits(b, type), second.view(0, bytes));
            device.gemm(
                    DeviceMatrix.at(first, COMPARED, COMPARED, type),
                    DeviceMatrix.at(second, COMPARED, COMPARED, type),
                    c,
                    GemmOptions.PRODUCT);
            device.download(c.data(), result, 0);
        }
        return result;
    }

    private static ByteBuffer bits(float[] values, ElementType type) {
        ByteBuffer bits = ByteBuffer.allocate(values.length * type.bytes()).order(ByteOrder.nativeOrder());
        for (float value : values) {
            switch (type) {
                case FLOAT32 -> bits.putFloat(value);
                case BFLOAT16 -> bits.putShort(BFloat16.of(value));
            }
        }
        return bits.flip();
    }

    private static float difference(float[] expected, float[] actual) {
        float worst = 0;
        for (int i = 0; i < expected.length; i++) {
            // Not-a-number makes the whole of it so, which no tolerance allows.
            worst = Math.max(worst, Math.abs(expected[i] - actual[i]));
        }
        return worst;
    }

    private double nanosOfOne(ElementType type) {
        long bytes = (long) type.bytes() * timed * timed;
        try (DeviceBuffer first = device.allocate(bytes);
                DeviceBuffer second = device.allocate(bytes);
                DeviceBuffer product = device.allocate(bytes)) {
            DeviceMatrix a = DeviceMatrix.at(first, timed, timed, type);
            DeviceMatrix b = DeviceMatrix.at(second, timed, timed, type);
            DeviceMatrix c = DeviceMatrix.at(product, timed, timed, type);
            fill(a);
            fill(b);
            device.gemm(a, b, c, GemmOptions.PRODUCT);
            device.synchronize();
            long start = System.nanoTime();
            for (int i = 0; i < REPETITIONS; i++) {
                device.gemm(a, b, c, GemmOptions.PRODUCT);
            }
            device.synchronize();
            return (System.nanoTime() - start) / (double) REPETITIONS;
        }
    }

    /** A GPU multiplies zeros faster than anything else, since they cost it less power. */
    private void fill(DeviceMatrix matrix) {
        ByteBuffer block = bits(values(new Random(SEED), matrix.type()), matrix.type());
        long bytes = matrix.data().length();
        for (long done = 0; done < bytes; done += block.capacity()) {
            long count = Math.min(block.capacity(), bytes - done);
            device.upload(block.duplicate(), matrix.data().slice(done, count));
        }
    }
}
