package io.coxswain.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The health of all workers of a launcher, at its one port. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class NodeHealthIT {

    private static final int RANKS = 2;

    @TempDir
    private Path directory;

    @Test
    void shouldAnswerForAllOfItsWorkers() throws Exception {
        int port = freePorts();
        Path trace = JobProcess.trace(directory.resolve("long.csv"), 2 * RANKS, 3, 1_000_000);
        try (JobProcess job = JobProcess.launch(
                directory,
                "--nproc-per-node=" + RANKS,
                "--trace=" + trace,
                "--health-port=" + port,
                "--on-loss=wait",
                "--step-timeout=100s",
                "--heartbeat-timeout=100s")) {
            ProcessHandle worker = job.worker(job.awaitSteps(), 1);
            awaitAnswer(port, "readiness", "SERVING");
            awaitAnswer(port, "startup", "SERVING");
            for (int rank = 0; rank < RANKS; rank++) {
                assertThat(HealthProbe.ask(port + 1 + rank, "liveness")).isEqualTo("SERVING");
            }

            JobProcess.signal(worker, "STOP");
            awaitAnswer(port, "readiness", "NOT_SERVING");
            assertThat(HealthProbe.ask(port, "liveness")).isEqualTo("SERVING");

            JobProcess.signal(worker, "CONT");
            awaitAnswer(port, "readiness", "SERVING");

            JobProcess.signal(job.launcher(), "STOP");
            assertThat(HealthProbe.ask(port, "liveness")).isEqualTo("DEADLINE_EXCEEDED");
            JobProcess.signal(job.launcher(), "CONT");
        }
    }

    @Test
    void shouldSayWhichPortItCannotHave() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                JobProcess job = JobProcess.launch(directory, "--health-port=" + taken.getLocalPort())) {
            assertThat(job.awaitExit()).isEqualTo(10);
            assertThat(job.text()).contains("health cannot be served on").contains(":" + taken.getLocalPort());
        }
    }

    private static void awaitAnswer(int port, String service, String answer) {
        await(service)
                .atMost(JobProcess.LIMIT)
                .until(() -> HealthProbe.ask(port, service).equals(answer));
    }

    /** The first of as many free ports in a row as there are workers, and one more. */
    private static int freePorts() throws IOException {
        while (true) {
            List<ServerSocket> sockets = new ArrayList<>();
            try {
                sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
                int first = sockets.get(0).getLocalPort();
                for (int next = 1; next <= RANKS; next++) {
                    sockets.add(new ServerSocket(first + next, 1, InetAddress.getLoopbackAddress()));
                }
                return first;
            } catch (IOException | IllegalArgumentException taken) {
                // others may have come between: look elsewhere
            } finally {
                for (ServerSocket socket : sockets) {
                    socket.close();
                }
            }
        }
    }
}
