package io.coxswain.worker.collective.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.worker.standin.RequiresStandIn;
import io.coxswain.worker.standin.StandIn;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Ranks as processes, of which one is killed inside a collective. */
@RequiresStandIn
@Timeout(60)
class NcclProcessesIT {
    private final List<Rank> ranks = new ArrayList<>();

    /** A process with its standard input and output. */
    private record Rank(Process process, PrintWriter in, BufferedReader out, String address) {
        static Rank start(int device, Map<String, String> environment) throws IOException {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(StandIn.jvmOptions());
            command.addAll(List.of("-XX:+UseSerialGC", "-Xmx128m", "-cp", System.getProperty("java.class.path")));
            command.addAll(List.of(NcclRankProcess.class.getName(), Integer.toString(device)));
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
            builder.environment().putAll(environment);
            Process process = builder.start();
            BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
            String address = secondWord(out.readLine());
            return new Rank(process, new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true), out, address);
        }

        static String secondWord(String line) {
            return line.substring(line.indexOf(' ') + 1);
        }

        String answer() throws IOException {
            return String.valueOf(out.readLine());
        }

        int exitCode() throws InterruptedException {
            in.println("quit");
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            return process.exitValue();
        }
    }

    @AfterEach
    void killAll() {
        ranks.forEach(rank -> rank.process().destroyForcibly());
    }

    private void start(int count, Map<String, String> environment) throws IOException {
        for (int device = 0; device < count; device++) {
            ranks.add(Rank.start(device, environment));
        }
    }

    /** Returns when all of them gather. */
    private static void runEpoch(String name, List<Rank> members) throws IOException {
        members.get(0).in().println("id");
        String id = Rank.secondWord(members.get(0).answer());
        String addresses = String.join(" ", members.stream().map(Rank::address).toList());
        for (int rank = 0; rank < members.size(); rank++) {
            members.get(rank).in().println("epoch " + name + " " + rank + " " + id + " " + addresses);
        }
        for (Rank member : members) {
            assertThat(member.answer()).isEqualTo("gathering " + name);
        }
    }

    @Test
    void shouldGoOnInTheNextEpochAfterARankWasKilledInsideACollective() throws Exception {
        start(3, Map.of());
        runEpoch("1", ranks);
        List<Rank> survivors = ranks.subList(0, 2);

        ranks.get(2).process().destroyForcibly().waitFor();
        survivors.forEach(rank -> rank.in().println("abort 1"));
        for (Rank survivor : survivors) {
            assertThat(survivor.answer()).isEqualTo("ended 1 CollectiveAbortedException true");
        }

        runEpoch("2", survivors);
        survivors.forEach(rank -> rank.in().println("abort 2"));
        for (Rank survivor : survivors) {
            assertThat(survivor.answer()).isEqualTo("ended 2 CollectiveAbortedException true");
            assertThat(survivor.exitCode()).isZero();
        }
    }

    @Test
    void shouldEndByItselfWhereNcclNoticesThatAPeerWasKilled() throws Exception {
        start(2, Map.of("COXSWAIN_STANDIN_PEER_DEATH", "error"));
        runEpoch("1", ranks);

        ranks.get(1).process().destroyForcibly().waitFor();

        assertThat(ranks.get(0).answer()).isEqualTo("ended 1 GroupBrokenException true");
        assertThat(ranks.get(0).exitCode()).isZero();
    }
}
