package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ClassArchivesTest {
    @Test
    void shouldTellTheJvmNothingWhereThereAreNone() {
        assertThat(ClassArchives.of(Map.of()).options("worker")).isEmpty();
        assertThat(ClassArchives.of(Map.of("COXSWAIN_CLASS_ARCHIVES", "")).options("worker"))
                .isEmpty();
    }

    @Test
    void shouldTellTheJvmOfTheProgramsOwn() {
        assertThat(ClassArchives.of(Map.of("COXSWAIN_CLASS_ARCHIVES", "/a")).options("worker"))
                .contains("-XX:SharedArchiveFile=/a/worker.jsa");
    }

    @Test
    void shouldHaveThemMadeRatherThanRead() {
        ClassArchives archives =
                ClassArchives.of(Map.of("COXSWAIN_CLASS_ARCHIVES", "/a", "COXSWAIN_MAKE_CLASS_ARCHIVES", "/b"));

        assertThat(archives.options("coordinator"))
                .contains("-XX:ArchiveClassesAtExit=/b/coordinator.jsa")
                .noneMatch(option -> option.startsWith("-XX:SharedArchiveFile"));
    }
}
