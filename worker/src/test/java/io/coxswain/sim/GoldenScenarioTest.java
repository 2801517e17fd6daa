package io.coxswain.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Short simulated stories; {@code -Dcoxswain.golden.update=true} writes them anew, for the diff to be reviewed. A file begins
 * with what it shows, the scenario's head and its faults, one a line; after an empty line comes the history.
 */
class GoldenScenarioTest {

    private static final Path STORIES = Path.of("src/test/resources/simulation");

    static Stream<Path> stories() throws IOException {
        try (Stream<Path> files = Files.list(STORIES)) {
            return files.filter(file -> file.toString().endsWith(".txt")).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("stories")
    void shouldPlayOutAsWritten(Path file) throws IOException {
        List<String> written = Files.readAllLines(file);
        int blank = written.indexOf("");
        List<String> beginning = blank < 0 ? written : written.subList(0, blank);
        Outcome outcome = Simulation.run(
                Scenario.parse(beginning.get(1), beginning.subList(2, beginning.size())), History.Detail.CHANGES);
        List<String> played = new ArrayList<>(beginning);
        played.add("");
        played.addAll(outcome.history());
        if (Boolean.getBoolean("coxswain.golden.update")) {
            Files.write(file, played);
        }
        assertThat(played).isEqualTo(written);
        assertThat(outcome.violation()).isNull();
    }
}
