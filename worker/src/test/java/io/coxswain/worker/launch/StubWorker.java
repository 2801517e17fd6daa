package io.coxswain.worker.launch;

import io.coxswain.v1.ControlServiceGrpc;
import io.coxswain.v1.FeedServiceGrpc;
import io.coxswain.v1.GetStatusRequest;
import io.coxswain.v1.Member;
import io.coxswain.v1.ReportExitRequest;
import io.coxswain.v1.StatusServiceGrpc;
import io.coxswain.v1.VerificationSummary;
import io.coxswain.worker.report.Summaries;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A process in a worker's stead. What it does is in the system property {@code stub.N} for place N, else in {@code stub}:
 *
 * <ul>
 *   <li>finish: sends its summary and ends well; finish-unverified: with a verification that failed
 *   <li>finish-in-N: the same after N milliseconds
 *   <li>follow: waits until the coordinator says that the job has failed, and ends with 3
 *   <li>exit-N: says something on stderr and ends with N
 *   <li>kill: ends itself by SIGKILL; stop: stops itself by SIGSTOP
 *   <li>die-first, stop-first: as kill, as stop at its first attempt, as finish at the next
 *   <li>leave: sends its summary and ends as if by SIGTERM
 *   <li>wait: until its standard input ends; deaf: for ever, and TERM does not end it
 * </ul>
 */
final class StubWorker {
    private final List<String> arguments;
    private final int place;
    private final int attempt;

    private StubWorker(List<String> arguments) {
        this.arguments = arguments;
        this.place = Integer.parseInt(valueOf(arguments, "--place"));
        this.attempt = Integer.parseInt(valueOf(arguments, "--attempt"));
    }

    static String valueOf(List<String> arguments, String flag) {
        return arguments.get(arguments.indexOf(flag) + 1);
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        StubWorker worker = new StubWorker(Arrays.asList(arguments));
        String behaviour = System.getProperty("stub." + worker.place, System.getProperty("stub", ""));
        System.exit(worker.behave(behaviour));
    }

    private int behave(String behaviour) throws IOException, InterruptedException {
        if (behaviour.startsWith("exit-")) {
            System.err.println("place " + System.getenv("RANK") + " gives up");
            return Integer.parseInt(behaviour.substring("exit-".length()));
        }
        if (behaviour.startsWith("finish-in-")) {
            Thread.sleep(Long.parseLong(behaviour.substring("finish-in-".length())));
            return finish(true);
        }
        return switch (behaviour) {
            case "finish" -> finish(true);
            case "finish-unverified" -> finish(false);
            case "follow" -> follow();
            case "kill" -> {
                askCoordinator();
                yield signal("KILL");
            }
            case "die-first" -> {
                askCoordinator();
                yield attempt > 0 ? finish(true) : signal("KILL");
            }
            case "be-blamed" -> {
                takeTheBlame();
                yield signal("STOP");
            }
            case "stop-first" -> attempt > 0 ? finish(true) : signal("STOP");
            case "leave" -> {
                finish(true);
                yield 143;
            }
            case "wait" -> waitForTheEnd();
            case "deaf" -> beDeaf();
            default -> throw new IllegalArgumentException("unknown behaviour '" + behaviour + "'");
        };
    }

    private int finish(boolean passed) {
        ManagedChannel feed = channel("--feed");
        FeedServiceGrpc.newBlockingStub(feed)
                .submitSummary(Summaries.ofRank(place)
                        .setMember(Member.newBuilder().setId(1 + place).setAttempt(attempt))
                        .setVerification(VerificationSummary.newBuilder()
                                .setTokensChecked(12)
                                .setPassed(passed))
                        .build());
        feed.shutdownNow();
        return passed ? 0 : 4;
    }

    /** A rank that fails is one that has connected, as a real one has. */
    private void askCoordinator() {
        ManagedChannel coordinator = channel("--coordinator");
        String state = StatusServiceGrpc.newBlockingStub(coordinator)
                .getStatus(GetStatusRequest.getDefaultInstance())
                .getState();
        System.err.println("the job is " + state);
        coordinator.shutdownNow();
    }

    /** Has the coordinator take it for the one that failed, though it is there. */
    private void takeTheBlame() {
        ManagedChannel coordinator = channel("--coordinator");
        ControlServiceGrpc.newBlockingStub(coordinator)
                .reportExit(ReportExitRequest.newBuilder().setPlace(place).build());
        coordinator.shutdownNow();
    }

    private int follow() {
        StatusServiceGrpc.StatusServiceBlockingStub coordinator =
                StatusServiceGrpc.newBlockingStub(channel("--coordinator"));
        while (!coordinator
                .getStatus(GetStatusRequest.getDefaultInstance())
                .getState()
                .equals("failed")) {
            LockSupport.parkNanos(20_000_000);
        }
        return 3;
    }

    private static int signal(String name) throws IOException, InterruptedException {
        System.err.println("about to get SIG" + name);
        String pid = Long.toString(ProcessHandle.current().pid());
        new ProcessBuilder("kill", "-" + name, pid).start().waitFor();
        return waitForTheEnd();
    }

    private static int waitForTheEnd() throws IOException {
        System.err.println("ready");
        while (System.in.read() >= 0) {
            // The lifeline carries nothing.
        }
        return 0;
    }

    private static int beDeaf() {
        Runtime.getRuntime().addShutdownHook(new Thread(StubWorker::sleepForEver));
        System.err.println("ready");
        sleepForEver();
        return 0;
    }

    private static void sleepForEver() {
        while (true) {
            LockSupport.park();
        }
    }

    private ManagedChannel channel(String flag) {
        return ManagedChannelBuilder.forTarget(valueOf(arguments, flag))
                .usePlaintext()
                .build();
    }
}
