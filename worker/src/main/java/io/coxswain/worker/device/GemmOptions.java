package io.coxswain.worker.device;

/**
 * What a matrix product does beside multiplying.
 *
 * @param alpha factor of the product
 * @param beta factor of what the result held before; zero leaves it unread
 * @param epilogue what is done to every element at the end
 */
public record GemmOptions(float alpha, float beta, Epilogue epilogue) {

    /** The plain product. */
    public static final GemmOptions PRODUCT = new GemmOptions(1f, 0f, Epilogue.NONE);

    /** The product with negative elements replaced by zero. */
    public static final GemmOptions PRODUCT_RELU = new GemmOptions(1f, 0f, Epilogue.RELU);

    /** An element-wise function that is fused into the product where the device can. */
    public enum Epilogue {
        /** Leaves the element as it is. */
        NONE,
        /** {@code max(0, x)}; not-a-number stays so. */
        RELU
    }
}
