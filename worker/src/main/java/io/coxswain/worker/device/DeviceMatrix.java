package io.coxswain.worker.device;

import java.util.Objects;

/**
 * A matrix of 32-bit floats on a device, row-major, without gaps between the rows.
 *
 * @param data exactly rows x columns x 4 bytes, at an offset that is a multiple of four
 * @param rows number of rows; zero is allowed
 * @param columns number of columns; zero is allowed
 */
public record DeviceMatrix(DeviceView data, int rows, int columns) {

    /** Throws {@link IllegalArgumentException} when the data is not of the matrix's size. */
    public DeviceMatrix {
        Objects.requireNonNull(data, "data");
        if (rows < 0 || columns < 0 || data.length() != (long) rows * columns * Float.BYTES) {
            throw new IllegalArgumentException("a matrix of " + rows + " x " + columns
                    + " floats does not fill a view of " + data.length() + " bytes");
        }
        if (data.offset() % Float.BYTES != 0) {
            throw new IllegalArgumentException("a matrix of floats cannot start at byte " + data.offset());
        }
    }

    /** The first rows of a buffer as a matrix. */
    public static DeviceMatrix at(DeviceBuffer buffer, int rows, int columns) {
        return new DeviceMatrix(buffer.view(0, (long) rows * columns * Float.BYTES), rows, columns);
    }

    @Override
    public String toString() {
        return rows + " x " + columns;
    }
}
