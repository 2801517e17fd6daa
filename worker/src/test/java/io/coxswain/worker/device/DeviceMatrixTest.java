package io.coxswain.worker.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class DeviceMatrixTest {

    @Test
    void shouldTakeTwoBytesForAnElementOfBfloat16() {
        DeviceBuffer memory = new Memory(64);
        DeviceMatrix matrix = DeviceMatrix.at(memory, 3, 2, ElementType.BFLOAT16);

        assertThat(matrix.data().length()).isEqualTo(12);
        assertThat(new DeviceMatrix(memory.view(2, 12), 3, 2, ElementType.BFLOAT16).rows())
                .isEqualTo(3);
        assertThatThrownBy(() -> new DeviceMatrix(memory.view(1, 12), 3, 2, ElementType.BFLOAT16))
                .hasMessageContaining("BFLOAT16 elements cannot start at byte 1");
        assertThatThrownBy(() -> new DeviceMatrix(memory.view(0, 24), 3, 2, ElementType.BFLOAT16))
                .hasMessageContaining("3 x 2 BFLOAT16 elements does not fill a view of 24 bytes");
    }

    @Test
    void shouldMultiplyElementsOfOneTypeIntoTheSameOrFloats() {
        DeviceMatrix floats = DeviceMatrix.at(new Memory(4), 1, 1);
        DeviceMatrix halves = DeviceMatrix.at(new Memory(2), 1, 1, ElementType.BFLOAT16);
        DeviceMatrix otherHalves = DeviceMatrix.at(new Memory(2), 1, 1, ElementType.BFLOAT16);

        DeviceMatrix.requireProduct(halves, halves, otherHalves);
        DeviceMatrix.requireProduct(halves, halves, floats);
        assertThatThrownBy(() -> DeviceMatrix.requireProduct(halves, floats, DeviceMatrix.at(new Memory(4), 1, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no product of BFLOAT16 and FLOAT32");
        assertThatThrownBy(() -> DeviceMatrix.requireProduct(floats, floats, halves))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("into BFLOAT16");
    }

    @Test
    void shouldRoundToTheNearestBfloat16() {
        assertThat(BFloat16.toFloat(BFloat16.of(-1.5f))).isEqualTo(-1.5f);
        assertThat(BFloat16.of(Float.intBitsToFloat(0x3f808000))).isEqualTo((short) 0x3f80);
        assertThat(BFloat16.of(Float.intBitsToFloat(0x3f818000))).isEqualTo((short) 0x3f82);
        assertThat(BFloat16.of(Float.intBitsToFloat(0x3f808001))).isEqualTo((short) 0x3f81);
        assertThat(BFloat16.toFloat(BFloat16.of(Float.MAX_VALUE))).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(BFloat16.toFloat(BFloat16.of(Float.intBitsToFloat(0x7f800001))))
                .isNaN();
    }

    private static final class Memory implements DeviceBuffer {
        private final long byteSize;

        Memory(long byteSize) {
            this.byteSize = byteSize;
        }

        @Override
        public long byteSize() {
            return byteSize;
        }

        @Override
        public void close() {}
    }
}
