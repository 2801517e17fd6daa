package io.coxswain.nccl4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.worker.standin.RequiresStandIn;
import org.bytedeco.cuda.nccl.ncclConfig_t;
import org.junit.jupiter.api.Test;

@RequiresStandIn
class CommConfigTest {
    @Test
    void shouldSayOfEveryOtherFieldThatItIsNotSet() {
        try (ncclConfig_t config =
                CommConfig.nonBlocking().withMinCtas(2).withMaxCtas(4).toNative()) {
            assertThat(config.size()).isEqualTo(config.sizeof());
            assertThat(config.magic()).isEqualTo(0xcafebeef);
            assertThat(config.version()).isEqualTo(23007);
            assertThat(config.blocking()).isZero();
            assertThat(config.minCTAs()).isEqualTo(2);
            assertThat(config.maxCTAs()).isEqualTo(4);
            assertThat(config.netName()).isNull();
            assertThat(config.commName()).isNull();
            assertThat(new int[] {
                        config.cgaClusterSize(), config.splitShare(), config.trafficClass(), config.collnetEnable(),
                        config.CTAPolicy(), config.shrinkShare(), config.nvlsCTAs(), config.graphStreamOrdering()
                    })
                    .containsOnly(Integer.MIN_VALUE);
        }
    }
}
