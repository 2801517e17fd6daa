package io.coxswain.coordinator.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Golden scenarios; {@code -Dcoxswain.golden.update=true} writes them anew, for the diff to be reviewed. */
class ScenarioTest {

    private static final Path SCENARIOS = Path.of("src/test/resources/scenarios");

    static Stream<Path> scenarios() throws IOException {
        try (Stream<Path> files = Files.list(SCENARIOS)) {
            return files.filter(file -> file.toString().endsWith(".txt")).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void shouldPlayOutAsWritten(Path file) throws IOException {
        String written = Files.readString(file);
        String played = Scenario.replay(written);
        if (Boolean.getBoolean("coxswain.golden.update")) {
            Files.writeString(file, played);
        }
        assertThat(played).isEqualTo(written);
    }
}
