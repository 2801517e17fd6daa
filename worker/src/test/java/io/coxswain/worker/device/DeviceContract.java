package io.coxswain.worker.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** What every device does; a device's own test extends it. */
public abstract class DeviceContract extends ProductContract {

    @Test
    void shouldCopyBytesInAndOutAndZeroThem() {
        DeviceBuffer memory = device().allocate(6);
        ByteBuffer source = ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7});
        device().upload(source, memory.view(0, 6));
        device().zero(memory.view(2, 3));
        ByteBuffer target = ByteBuffer.allocate(6);

        device().download(memory.view(0, 6), target);

        assertThat(source.position()).isEqualTo(6);
        assertThat(target.array()).containsExactly(1, 2, 0, 0, 0, 6);
    }

    @Test
    void shouldCopyPartsOfArraysAndDirectBuffers() {
        DeviceBuffer memory = device().allocate(16);
        device().upload(new float[] {9, 1, 2, 9}, 1, memory.view(4, 8));
        float[] floats = {7, 7, 7, 7};
        device().download(memory.view(4, 8), floats, 2);
        ByteBuffer direct = ByteBuffer.allocateDirect(10);
        direct.position(1);
        device().download(memory.view(4, 8), direct);

        assertThat(floats).containsExactly(7, 7, 1, 2);
        assertThat(direct.position()).isEqualTo(9);
        direct.flip().position(1);
        device().upload(direct, memory.view(8, 8));
        device().download(memory.view(0, 16), floats, 0);
        assertThat(floats).containsExactly(0, 1, 1, 2);
    }

    @Test
    void shouldCopyNothing() {
        DeviceView nothing = device().allocate(4).view(4, 0);

        device().upload(new float[0], 0, nothing);
        device().upload(ByteBuffer.allocate(0), nothing);
        device().zero(nothing);
        device().download(nothing, new float[0], 0);
        device().download(nothing, ByteBuffer.allocate(0));

        assertThat(nothing.length()).isZero();
    }

    @Test
    void shouldRefuseArraysThatAreTooSmall() {
        DeviceView view = device().allocate(8).view(0, 8);

        assertThatThrownBy(() -> device().upload(new float[2], 1, view)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> device().download(view, new float[1], 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> device().upload(ByteBuffer.allocate(7), view)).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> device().download(view, ByteBuffer.allocate(7)))
                .isInstanceOf(RuntimeException.class);
    }

    @Test
    void shouldGiveZeroedMemory() {
        DeviceBuffer memory = device().allocate(1 << 20);
        float[] content = new float[1 << 18];

        device().download(memory.view(0, 1 << 20), content, 0);

        assertThat(content).containsOnly(0f);
    }

    @Test
    void shouldRefuseViewsOutsideOfTheBuffer() {
        DeviceBuffer memory = device().allocate(8);

        assertThatThrownBy(() -> memory.view(4, 5)).hasMessageContaining("5 bytes at 4");
        assertThatThrownBy(() -> memory.view(-1, 2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> memory.view(4, 4).slice(0, 5)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> device().upload(new float[2], 0, memory.view(1, 4)))
                .hasMessageContaining("not multiples of four");
    }

    @Test
    void shouldRefuseMemoryThatIsClosed() {
        DeviceBuffer memory = device().allocate(8);
        DeviceView view = memory.view(0, 8);
        memory.close();
        memory.close();

        assertThatThrownBy(() -> device().zero(view))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("after its end");
    }

    @Test
    void shouldReleaseAllMemoryWithTheDevice() {
        DeviceView view = device().allocate(8).view(0, 8);
        device().close();

        device().close();

        assertThatThrownBy(() -> device().zero(view)).isInstanceOf(DeviceException.class);
        assertThatThrownBy(() -> device().allocate(8)).isInstanceOf(DeviceException.class);
        assertThatThrownBy(device()::synchronize)
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("after its end");
    }

    @Test
    void shouldRefuseSizesThatABufferCannotHave() {
        assertThatThrownBy(() -> device().allocate(0)).hasMessageContaining("asked for were 0");
        assertThatThrownBy(() -> device().allocate(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldReuseGrowingMemoryUntilItIsTooSmall() {
        GrowableBuffer growing = new GrowableBuffer(device());
        DeviceBuffer first = growing.view(100).buffer();

        assertThat(growing.view(50).buffer()).isSameAs(first);
        assertThat(growing.view(100).buffer()).isSameAs(first);
        DeviceView larger = growing.view(1000);

        assertThat(larger.length()).isEqualTo(1000);
        assertThat(larger.buffer()).isNotSameAs(first);
        assertThatThrownBy(() -> device().zero(first.view(0, 4))).isInstanceOf(DeviceException.class);
    }
}
