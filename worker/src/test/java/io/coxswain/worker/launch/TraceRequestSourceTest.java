package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.worker.feed.SyntheticTrace;
import io.coxswain.worker.launch.LaunchConfig.TraceSelection;
import io.coxswain.worker.report.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceRequestSourceTest {
    private static final String LINES =
            "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.68,374,44\n2023-11-16 18:15:50.99,396,109\n";

    @TempDir
    private Path directory;

    private Path trace(String text) throws IOException {
        return Files.writeString(directory.resolve("trace.csv"), text);
    }

    @Test
    void shouldCountWhatTheFileAsksFor() throws IOException {
        Path file = trace(LINES);

        assertThat(TraceRequestSource.open(new TraceSelection(file, null, null)).workload())
                .isEqualTo(new Workload(2, 770, 153));
        assertThat(TraceRequestSource.open(new TraceSelection(file, 1, 2.0)).workload())
                .isEqualTo(new Workload(1, 374, 44));
    }

    @Test
    void shouldTakeTheBuiltInTraceWithoutAFile() throws IOException {
        assertThat(TraceRequestSource.open(new TraceSelection(null, null, null))
                        .workload()
                        .requests())
                .isEqualTo(SyntheticTrace.DEFAULT_REQUESTS);
        assertThat(TraceRequestSource.open(new TraceSelection(null, 7, null))
                        .workload()
                        .requests())
                .isEqualTo(7);
    }

    @Test
    void shouldNameFileAndLineOfAMalformedTrace() throws IOException {
        Path file = trace(LINES + "2023-11-16 18:15:51,many,1\n");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> TraceRequestSource.open(new TraceSelection(file, null, null)))
                .withMessageContaining(file.toString())
                .withMessageContaining("line 4");
    }

    @Test
    void shouldNameAFileThatIsNotThere() {
        Path file = directory.resolve("gone.csv");

        assertThatThrownBy(() -> TraceRequestSource.open(new TraceSelection(file, null, null)))
                .isInstanceOf(IOException.class)
                .hasMessage("--trace: there is no file " + file);
    }
}
