package io.coxswain.worker.device.cuda;

import io.coxswain.worker.device.DeviceMatrix;
import io.coxswain.worker.device.ElementType;
import io.coxswain.worker.device.GemmOptions.Epilogue;

/**
 * What cuBLASLt chooses an algorithm by.
 *
 * @param shape the product's dimensions
 * @param factors type of both factors
 * @param result type of the result
 * @param epilogue what is done at the end
 * @param alignment a power of two that divides all addresses, in bytes, {@value #GREATEST_ALIGNMENT} at most
 */
record MatmulKey(Shape shape, ElementType factors, ElementType result, Epilogue epilogue, int alignment) {

    /** What cudaMalloc guarantees, and the most that cuBLASLt asks for. */
    static final int GREATEST_ALIGNMENT = 256;

    /** Of m x k times k x n. */
    record Shape(int m, int n, int k) {}

    static MatmulKey of(DeviceMatrix a, DeviceMatrix b, DeviceMatrix c, Epilogue epilogue) {
        Shape shape = new Shape(c.rows(), c.columns(), a.columns());
        long offsets = a.data().offset() | b.data().offset() | c.data().offset() | GREATEST_ALIGNMENT;
        return new MatmulKey(shape, a.type(), c.type(), epilogue, (int) Long.lowestOneBit(offsets));
    }

    /** The same for factors that share another dimension. */
    MatmulKey withK(int k) {
        return new MatmulKey(new Shape(shape.m, shape.n, k), factors, result, epilogue, alignment);
    }

    @Override
    public String toString() {
        return shape.m + " x " + shape.k + " by " + shape.k + " x " + shape.n + ", " + factors + " to " + result
                + ", epilogue " + epilogue + ", aligned to " + alignment + " bytes";
    }
}
