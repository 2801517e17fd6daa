package io.coxswain.worker.launch;

import static io.coxswain.worker.launch.Terminal.Attachment.ELSEWHERE;
import static io.coxswain.worker.launch.Terminal.Attachment.TERMINAL;
import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.RankProgress;
import io.coxswain.v1.RankStatus;
import io.coxswain.worker.launch.Terminal.Style;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TerminalTest {
    private static final long SECOND = 1_000_000_000L;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream stream = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    private ProgressDisplay display(Style style) {
        return new ProgressDisplay(new Terminal(stream, stream, style), 10, 2);
    }

    private String shown() {
        String text = bytes.toString(StandardCharsets.UTF_8);
        bytes.reset();
        return text;
    }

    private static Optional<GetStatusResponse> status(String state, String... ranks) {
        GetStatusResponse.Builder status = GetStatusResponse.newBuilder().setState(state);
        for (String rank : ranks) {
            status.addRanks(
                    RankStatus.newBuilder().setPlace(status.getRanksCount()).setState(rank));
        }
        return Optional.of(status.build());
    }

    private static JobProgress.Snapshot progress(long steps, long realTokens, long requestsCompleted) {
        return new JobProgress.Snapshot(steps, realTokens, realTokens * 4 / 3, requestsCompleted);
    }

    @Test
    void shouldShowABarOnlyWhereItCanBeDrawnAgain() {
        assertThat(Terminal.styleFor(ELSEWHERE, Map.of("TERM", "xterm"))).isEqualTo(Style.PLAIN);
        assertThat(Terminal.styleFor(TERMINAL, Map.of("TERM", "dumb"))).isEqualTo(Style.PLAIN);
        assertThat(Terminal.styleFor(TERMINAL, Map.of("TERM", "xterm"))).isEqualTo(Style.COLOUR_BAR);
        assertThat(Terminal.styleFor(TERMINAL, Map.of("NO_COLOR", "1"))).isEqualTo(Style.BAR);
        assertThat(Terminal.styleFor(TERMINAL, Map.of("NO_COLOR", ""))).isEqualTo(Style.COLOUR_BAR);
    }

    @Test
    void shouldKeepTheBarBelowTheLines() {
        Terminal terminal = new Terminal(stream, stream, Style.BAR);

        terminal.bar("half");
        terminal.news("a line");
        terminal.bar("");

        assertThat(shown()).isEqualTo("half\r\u001b[Ka line\nhalf\r\u001b[K");
    }

    @Test
    void shouldColourTheBarOnlyWhenAllowed() {
        new Terminal(stream, stream, Style.COLOUR_BAR).bar("half");

        assertThat(shown()).isEqualTo("\u001b[32mhalf\u001b[0m");
    }

    @Test
    void shouldDrawTheBarWithTheNumbersOfTheJob() {
        ProgressDisplay display = display(Style.BAR);

        display.tick(0, progress(0, 0, 0), status("running", "running", "running"));
        assertThat(shown()).isEqualTo("[..........] 0/10, step 0, 0 tokens/s, padding 0%, 2/2 ranks");
        display.tick(2 * SECOND, progress(7, 300, 5), status("running", "running", "lost"));
        assertThat(shown()).endsWith("[#####.....] 5/10, step 7, 150 tokens/s, padding 25%, 1/2 ranks");
    }

    @Test
    void shouldPrintALineEveryFewSecondsElsewhere() {
        ProgressDisplay display = display(Style.PLAIN);

        for (long nanos = 0; nanos <= 6 * SECOND; nanos += SECOND / 5) {
            display.tick(
                    nanos, progress(nanos / SECOND, 100 * nanos / SECOND, 1), status("running", "running", "running"));
        }

        assertThat(shown().lines())
                .containsExactly(
                        "1/10 requests, step 3, 0 tokens/s, padding 25%, 2/2 ranks",
                        "1/10 requests, step 6, 100 tokens/s, padding 25%, 2/2 ranks");
    }

    @Test
    void shouldSayWhoIsMissingWhileTheGroupHasNotComeTogether() {
        ProgressDisplay display = display(Style.BAR);

        display.tick(0, progress(0, 0, 0), Optional.empty());
        assertThat(shown()).isEqualTo("waiting for the coordinator's first answer");
        display.tick(1, progress(0, 0, 0), status("joining", "joined", "missing"));
        assertThat(shown()).endsWith("1 of 2 ranks have joined; missing: 1");
        display.tick(2, progress(0, 0, 0), status("preparing", "prepared", "preparing"));
        assertThat(shown()).endsWith("all 2 ranks have joined; connecting them");
    }

    @Test
    void shouldAddUpTheProgressOfTheRanks() {
        JobProgress progress = new JobProgress(2);
        for (int place : List.of(0, 1, 1, 7)) {
            progress.onProgress(
                    place,
                    RankProgress.newBuilder()
                            .setSteps(place + 1)
                            .setRealTokens(10)
                            .setPaddedTokens(16)
                            .build());
        }
        progress.onRequestsCompleted(5);
        progress.onRequestsCompleted(4);

        assertThat(progress.snapshot()).isEqualTo(new JobProgress.Snapshot(2, 20, 32, 5));
    }
}
