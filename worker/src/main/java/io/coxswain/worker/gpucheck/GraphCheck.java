package io.coxswain.worker.gpucheck;

import io.coxswain.worker.device.DeviceBuffer;
import io.coxswain.worker.device.DeviceGraph;
import io.coxswain.worker.device.DeviceMatrix;
import io.coxswain.worker.device.GemmOptions;
import io.coxswain.worker.device.cuda.CudaDevice;
import java.util.Arrays;

/** Whether operations that were recorded run again on what is in memory then. */
final class GraphCheck {
    private static final int SIZE = 64;
    private static final int PRODUCTS = 16;
    private static final int REPETITIONS = 200;

    private final CudaDevice device;

    GraphCheck(CudaDevice device) {
        this.device = device;
    }

    String replay() {
        try (DeviceBuffer memory = device.allocate(3L * Float.BYTES * SIZE * SIZE)) {
            DeviceMatrix a = matrix(memory, 0);
            DeviceMatrix b = matrix(memory, 1);
            DeviceMatrix c = matrix(memory, 2);
            Runnable operations = () -> multiply(a, b, c);
            fill(b, 1);
            operations.run();
            double eager = nanosOfOne(operations);
            try (DeviceGraph graph = device.capture(operations)) {
                requireReplays(graph, a, c, 2);
                requireReplays(graph, a, c, 3);
                return Figures.micros(nanosOfOne(graph::replay)) + " for " + PRODUCTS + " products of " + SIZE + " x "
                        + SIZE + ", one by one " + Figures.micros(eager);
            }
        }
    }

    private void multiply(DeviceMatrix a, DeviceMatrix b, DeviceMatrix c) {
        device.zero(c.data());
        for (int i = 0; i < PRODUCTS; i++) {
            device.gemm(a, b, c, GemmOptions.PRODUCT_RELU);
        }
    }

    private static DeviceMatrix matrix(DeviceBuffer memory, int index) {
        long bytes = (long) Float.BYTES * SIZE * SIZE;
        return new DeviceMatrix(memory.view(index * bytes, bytes), SIZE, SIZE);
    }

    private void fill(DeviceMatrix matrix, float value) {
        float[] values = new float[SIZE * SIZE];
        Arrays.fill(values, value);
        device.upload(values, 0, matrix.data());
    }

    private void requireReplays(DeviceGraph graph, DeviceMatrix input, DeviceMatrix output, float value) {
        fill(input, value);
        graph.replay();
        float[] values = new float[SIZE * SIZE];
        device.download(output.data(), values, 0);
        for (float each : values) {
            if (each != SIZE * value) {
                throw new CheckFailedException("a replay computed " + each + " where " + SIZE * value + " is right");
            }
        }
    }

    private double nanosOfOne(Runnable operations) {
        device.synchronize();
        long start = System.nanoTime();
        for (int i = 0; i < REPETITIONS; i++) {
            operations.run();
        }
        device.synchronize();
        return (System.nanoTime() - start) / (double) REPETITIONS;
    }
}
