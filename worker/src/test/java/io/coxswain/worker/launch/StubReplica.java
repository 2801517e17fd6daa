package io.coxswain.worker.launch;

import io.coxswain.v1.GetStatusRequest;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.MembersUpdate;
import io.coxswain.v1.StatusServiceGrpc;
import io.coxswain.v1.Term;
import io.coxswain.v1.WatchMembersRequest;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One of several processes in the coordinators' stead: who gets a file's lock leads, and the kernel hands that lock on when the
 * leader dies. It dies when it was asked for its status three times as the leader, unless it was started again.
 */
final class StubReplica {
    private static final int DIES_AT_QUESTION = 3;

    private final HealthStatusManager health = new HealthStatusManager();
    private final boolean mortal;
    private final String address;

    /** Reachable to the end of the process: the garbage collector closes a channel that nobody holds, and with it goes the lock. */
    private final AtomicReference<FileChannel> lease = new AtomicReference<>();

    private StubReplica(List<String> arguments) {
        this.mortal = !arguments.contains("--port");
        this.address = StubWorker.valueOf(arguments, "--replica-address");
    }

    public static void main(String[] arguments) throws IOException {
        List<String> flags = Arrays.asList(arguments);
        new StubReplica(flags).serve(flags);
    }

    private void serve(List<String> flags) throws IOException {
        int port = mortal ? 0 : Integer.parseInt(StubWorker.valueOf(flags, "--port"));
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.NOT_SERVING);
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .addService(new Status())
                .addService(health.getHealthService())
                .build()
                .start();
        System.out.println("127.0.0.1:" + server.getPort());
        String group = StubWorker.valueOf(flags, "--replicas").replaceAll("[^0-9]+", "-");
        Path leaseFile = Path.of(System.getProperty("java.io.tmpdir"), "coxswain-stub-lease-" + group);
        Thread elector = new Thread(() -> lead(leaseFile), "elector");
        elector.setDaemon(true);
        elector.start();
        while (System.in.read() >= 0) {
            // The lifeline carries nothing.
        }
        Runtime.getRuntime().halt(0);
    }

    private void lead(Path leaseFile) {
        try {
            FileChannel opened = FileChannel.open(leaseFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            lease.set(opened);
            leaseFile.toFile().deleteOnExit();
            opened.lock();
        } catch (IOException e) {
            throw new UncheckedIOException("no lease to be had", e);
        }
        System.err.println("leads");
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.SERVING);
    }

    private final class Status extends StatusServiceGrpc.StatusServiceImplBase {
        private final AtomicInteger questions = new AtomicInteger();

        @Override
        public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> answer) {
            if (mortal && questions.incrementAndGet() == DIES_AT_QUESTION) {
                System.err.println("a leader dies");
                Runtime.getRuntime().halt(9);
            }
            answer.onNext(GetStatusResponse.newBuilder()
                    .setState("running")
                    .setTerm(Term.newBuilder().setNumber(address.hashCode()))
                    .build());
            answer.onCompleted();
        }

        @Override
        public void watchMembers(WatchMembersRequest request, StreamObserver<MembersUpdate> updates) {
            System.err.println("members are watched");
            updates.onNext(MembersUpdate.getDefaultInstance());
        }
    }

    /** How long workers have to live for three leaders to die, and one to come back. */
    static final Duration LONG_ENOUGH = Duration.ofSeconds(30);
}
