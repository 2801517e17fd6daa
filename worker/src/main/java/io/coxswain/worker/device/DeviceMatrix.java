package io.coxswain.worker.device;

import java.util.Objects;

/**
 * A matrix on a device, row-major, without gaps between the rows.
 *
 * @param data exactly rows x columns elements, at an offset that is a multiple of an element's size
 * @param rows number of rows; zero is allowed
 * @param columns number of columns; zero is allowed
 * @param type what its elements are
 */
public record DeviceMatrix(DeviceView data, int rows, int columns, ElementType type) {

    /** Throws {@link IllegalArgumentException} when the data is not of the matrix's size. */
    public DeviceMatrix {
        Objects.requireNonNull(data, "data");
        Objects.requireNonNull(type, "type");
        if (rows < 0 || columns < 0 || data.length() != byteSize(rows, columns, type)) {
            throw new IllegalArgumentException("a matrix of " + rows + " x " + columns + " " + type
                    + " elements does not fill a view of " + data.length() + " bytes");
        }
        if (data.offset() % type.bytes() != 0) {
            throw new IllegalArgumentException(
                    "a matrix of " + type + " elements cannot start at byte " + data.offset());
        }
    }

    /** A matrix of 32-bit floats. */
    public DeviceMatrix(DeviceView data, int rows, int columns) {
        this(data, rows, columns, ElementType.FLOAT32);
    }

    /** The first rows of a buffer as a matrix of 32-bit floats. */
    public static DeviceMatrix at(DeviceBuffer buffer, int rows, int columns) {
        return at(buffer, rows, columns, ElementType.FLOAT32);
    }

    /** The first rows of a buffer as a matrix. */
    public static DeviceMatrix at(DeviceBuffer buffer, int rows, int columns, ElementType type) {
        return new DeviceMatrix(buffer.view(0, byteSize(rows, columns, type)), rows, columns, type);
    }

    /** Whether it has no elements. */
    public boolean isEmpty() {
        return rows == 0 || columns == 0;
    }

    /**
     * The one place that checks what a product gets, since the libraries would print to the console or read outside of the memory.
     *
     * @throws IllegalArgumentException if the product of a and b does not fit into c, c overlaps one of them, their types differ, or
     *     c's is neither theirs nor FLOAT32
     */
    public static void requireProduct(DeviceMatrix a, DeviceMatrix b, DeviceMatrix c) {
        if (a.rows != c.rows || b.columns != c.columns || a.columns != b.rows) {
            throw new IllegalArgumentException("the product of " + a + " and " + b + " does not fit into " + c);
        }
        if (a.type != b.type || (c.type != a.type && c.type != ElementType.FLOAT32)) {
            throw new IllegalArgumentException("there is no product of " + a.type + " and " + b.type + " into " + c.type
                    + ": the factors are of one type, the result of the same or FLOAT32");
        }
        if (c.data.overlaps(a.data) || c.data.overlaps(b.data)) {
            throw new IllegalArgumentException("the result of a product overlaps one of its factors");
        }
    }

    private static long byteSize(int rows, int columns, ElementType type) {
        return (long) rows * columns * type.bytes();
    }

    @Override
    public String toString() {
        return rows + " x " + columns;
    }
}
