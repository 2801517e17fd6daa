package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OutputRelayTest {
    private static List<String> lines(String text) throws IOException {
        List<String> lines = new ArrayList<>();
        OutputRelay.readLines(new StringReader(text), lines::add);
        return lines;
    }

    @Test
    void shouldPassOnLinesWithoutTheirEnds() throws IOException {
        assertThat(lines("a\r\n\nb\nlast")).containsExactly("a", "", "b", "last");
        assertThat(lines("")).isEmpty();
    }

    @Test
    void shouldCutALineThatIsTooLong() throws IOException {
        String longest = "x".repeat(OutputRelay.LONGEST_LINE);

        assertThat(lines(longest + "y\nz")).containsExactly(longest, "y", "z");
        assertThat(lines(longest + "\nz")).containsExactly(longest, "z");
    }

    @Test
    void shouldReadAStreamToItsEnd() throws InterruptedException {
        List<String> lines = new CopyOnWriteArrayList<>();

        OutputRelay.start("test", new ByteArrayInputStream("one\ntwo".getBytes(StandardCharsets.UTF_8)), lines::add)
                .awaitEnd(Duration.ofSeconds(10));

        assertThat(lines).containsExactly("one", "two");
    }

    @Test
    void shouldKeepOnlyTheLastLines() {
        LineTail tail = new LineTail(3);

        IntStream.range(0, 10).mapToObj(Integer::toString).forEach(tail::add);

        assertThat(tail.lines()).containsExactly("7", "8", "9");
    }
}
