package io.coxswain.nccl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** What needs no library. */
class ValuesTest {
    @Test
    void shouldReadAVersionAsNcclWritesIt() {
        assertThat(new NcclVersion(23007)).hasToString("2.30.7").isGreaterThan(new NcclVersion(22903));
        assertThat(NcclVersion.ofBindings()).hasToString("2.30.7");
    }

    @Test
    void shouldRefuseAnOlderReleaseWithBothVersions() {
        NcclVersion needed = new NcclVersion(23007);

        assertThatThrownBy(() -> new NcclVersion(22904).requireAtLeastReleaseOf(needed))
                .isInstanceOf(NcclUnavailableException.class)
                .hasMessage("NCCL 2.29.4 is too old: these bindings were made for 2.30.7 and need 2.30 at least");
        assertThatCode(() -> new NcclVersion(23001).requireAtLeastReleaseOf(needed))
                .doesNotThrowAnyException();
        assertThatCode(() -> new NcclVersion(23100).requireAtLeastReleaseOf(needed))
                .doesNotThrowAnyException();
    }

    @Test
    void shouldSayEachTimeWhichLibraryIsMissing() {
        var missing = new UnsatisfiedLinkError("no jninccl in java.library.path");
        missing.initCause(new UnsatisfiedLinkError("libnccl.so.2: cannot open shared object file"));

        assertThat(NcclVersion.unavailable(missing))
                .hasMessage("NCCL cannot be loaded: libnccl.so.2: cannot open shared object file");
        assertThat(NcclVersion.unavailable(new NoClassDefFoundError("Could not initialize class")))
                .hasMessage("NCCL cannot be loaded: libnccl.so.2: cannot open shared object file")
                .hasCause(missing);
    }

    @Test
    void shouldKeepACopyOfAnIdsBytes() {
        byte[] bytes = new byte[UniqueId.BYTES];
        bytes[0] = 0x2a;
        UniqueId id = UniqueId.of(bytes);
        bytes[0] = 1;
        id.toByteArray()[0] = 2;

        assertThat(id.toByteArray()).hasSize(128).startsWith(0x2a);
        assertThat(id).isEqualTo(UniqueId.of(id.toByteArray())).hasToString("2a00000000000000");
        assertThat(id.hashCode()).isEqualTo(UniqueId.of(id.toByteArray()).hashCode());
        assertThatThrownBy(() -> UniqueId.of(new byte[127]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("an NCCL id has 128 bytes, this one has 127");
    }

    @Test
    void shouldKnowTheSizeOfAnElement() {
        assertThat(DataType.FLOAT32.byteSize()).isEqualTo(4);
        assertThat(DataType.BFLOAT16.byteSize()).isEqualTo(2);
        assertThat(DataType.UINT64.byteSize()).isEqualTo(8);
        assertThat(DataType.FLOAT8_E4M3.byteSize()).isEqualTo(1);
    }

    @Test
    void shouldGiveEveryStatusAName() {
        assertThat(NcclResult.of(0)).isEqualTo(NcclResult.SUCCESS);
        assertThat(NcclResult.of(6)).isEqualTo(NcclResult.REMOTE_ERROR);
        assertThat(NcclResult.of(7)).isEqualTo(NcclResult.IN_PROGRESS).matches(NcclResult::isGood);
        assertThat(NcclResult.of(99)).isEqualTo(NcclResult.UNKNOWN).matches(result -> !result.isGood());
    }

    @Test
    void shouldRefuseSettingsThatMakeNoSense() {
        CommConfig config = CommConfig.nonBlocking();

        assertThat(config.isBlocking()).isFalse();
        assertThat(CommConfig.blocking().withMaxCtas(4).isBlocking()).isTrue();
        assertThatThrownBy(() -> config.withMinCtas(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("minCtas is 0, it must be one at least");
        assertThatThrownBy(() -> config.withMinCtas(8).withMaxCtas(4))
                .hasMessage("minCtas is 8, above maxCtas, which is 4");
        assertThatThrownBy(() -> config.withTrafficClass(256)).hasMessage("trafficClass is 256, allowed are 0 to 255");
    }
}
