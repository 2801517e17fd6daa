package io.coxswain.worker.device.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.worker.device.cuda.CudaDeviceConfig.StandIn;
import org.junit.jupiter.api.Test;

class CudaDeviceConfigTest {
    private final CudaDeviceConfig config = CudaDeviceConfig.DEFAULT;

    @Test
    void shouldRefuseValuesOutOfRangeByTheirName() {
        assertThatThrownBy(() -> config.withOrdinal(-1)).hasMessage("ordinal is -1, allowed are 0 to 1023");
        assertThatThrownBy(() -> config.withWorkspaceBytes(1000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("workspaceBytes is 1000, allowed are 65536 to 4294967296");
        assertThatThrownBy(() -> config.withStagingBytes(8))
                .hasMessage("stagingBytes is 8, allowed are 8192 to 1073741824");
        assertThatThrownBy(() -> config.withStagingBytes(8196))
                .hasMessage("stagingBytes is 8196, which is no multiple of 8");
    }

    @Test
    void shouldChangeOneValueAtATime() {
        CudaDeviceConfig changed = config.withOrdinal(3)
                .withWorkspaceBytes(1 << 20)
                .withStagingBytes(1 << 16)
                .withStandIn(StandIn.ALLOWED);

        assertThat(changed).isEqualTo(new CudaDeviceConfig(3, 1 << 20, 1 << 16, StandIn.ALLOWED));
    }
}
