package io.coxswain.worker.launch;

import io.coxswain.v1.ControlServiceGrpc;
import io.coxswain.v1.GetStatusRequest;
import io.coxswain.v1.GetStatusResponse;
import io.coxswain.v1.Member;
import io.coxswain.v1.MembersUpdate;
import io.coxswain.v1.PlaceMember;
import io.coxswain.v1.RankStatus;
import io.coxswain.v1.ReportExitRequest;
import io.coxswain.v1.ReportExitResponse;
import io.coxswain.v1.StatusServiceGrpc;
import io.coxswain.v1.WatchMembersRequest;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A process in the coordinator's stead: says that all ranks run until an exit is reported to it; then the job has failed and
 * that place is to blame. Ends when its standard input ends.
 */
final class StubCoordinator {
    private static int budget;
    private static Sequel sequel = Sequel.BLAME;
    private static @Nullable PlaceMember fenced;

    private final int worldSize;
    private final List<Integer> culprits = new CopyOnWriteArrayList<>();
    private volatile boolean dying;

    private StubCoordinator(int worldSize) {
        this.worldSize = worldSize;
    }

    /** What follows when a worker has ended and the budget is spent. */
    private enum Sequel {
        /** The job fails. */
        BLAME,
        /** The others go on. */
        LET_GO,
        /** The others go on, and the coordinator dies. */
        LET_GO_AND_DIE
    }

    public static void main(String[] arguments) throws IOException {
        serve(arguments);
    }

    /** Allows one restart, and fails the job at the second. */
    static final class AllowingOneRestart {
        public static void main(String[] arguments) throws IOException {
            budget = 1;
            serve(arguments);
        }
    }

    /** Takes place 1 for lost, from the start, and allows one restart. */
    static final class FencingRankOne {
        public static void main(String[] arguments) throws IOException {
            budget = 1;
            fenced = PlaceMember.newBuilder()
                    .setPlace(1)
                    .setMember(Member.newBuilder().setId(2))
                    .setDetail("no heartbeat for 5s")
                    .build();
            serve(arguments);
        }
    }

    /** Wants no place filled again. */
    static final class LettingGo {
        public static void main(String[] arguments) throws IOException {
            sequel = Sequel.LET_GO;
            serve(arguments);
        }
    }

    /** Lets the first worker go that ends, and ends itself when it is asked for its status after that. */
    static final class DyingAfterALoss {
        public static void main(String[] arguments) throws IOException {
            sequel = Sequel.LET_GO_AND_DIE;
            serve(arguments);
        }
    }

    /** Never serves. */
    static final class Silent {
        public static void main(String[] arguments) throws IOException {
            System.err.println("it will take a while");
            while (System.in.read() >= 0) {
                // The lifeline carries nothing.
            }
        }
    }

    /** Ends before it serves. */
    static final class Broken {
        public static void main(String[] arguments) {
            System.err.println("no port to be had");
            System.exit(1);
        }
    }

    private static void serve(String[] arguments) throws IOException {
        int worldSize = Integer.parseInt(StubWorker.valueOf(Arrays.asList(arguments), "--world-size"));
        StubCoordinator stub = new StubCoordinator(worldSize);
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(stub.new Status())
                .addService(stub.new Control())
                .build()
                .start();
        System.out.println("127.0.0.1:" + server.getPort());
        while (System.in.read() >= 0) {
            // The lifeline carries nothing.
        }
        Runtime.getRuntime().halt(0);
    }

    private final class Status extends StatusServiceGrpc.StatusServiceImplBase {
        @Override
        public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> answer) {
            if (dying) {
                System.err.println("the coordinator dies");
                Runtime.getRuntime().halt(1);
            }
            GetStatusResponse.Builder status = GetStatusResponse.newBuilder()
                    .setState(culprits.isEmpty() ? "running" : "failed")
                    .setStateDetail(culprits.isEmpty() ? "" : "rank " + culprits.get(0) + " is lost")
                    .setIdleDecisions(5)
                    .addAllCulprits(culprits);
            for (int place = 0; place < worldSize; place++) {
                status.addRanks(RankStatus.newBuilder()
                        .setPlace(place)
                        .setState("running")
                        .setHost("host-of-" + place));
            }
            answer.onNext(status.build());
            answer.onCompleted();
        }

        @Override
        public void watchMembers(WatchMembersRequest request, StreamObserver<MembersUpdate> updates) {
            MembersUpdate.Builder update = MembersUpdate.newBuilder();
            if (fenced != null) {
                update.addPlaces(fenced);
            }
            updates.onNext(update.build());
        }
    }

    private final class Control extends ControlServiceGrpc.ControlServiceImplBase {
        @Override
        public void reportExit(ReportExitRequest request, StreamObserver<ReportExitResponse> answer) {
            ReportExitResponse.Builder response = ReportExitResponse.newBuilder();
            if (budget-- > 0) {
                response.setRestart(ReportExitResponse.Restart.RESTART_GRANTED)
                        .setNextAttempt(request.getAttempt() + 1);
            } else if (sequel == Sequel.BLAME) {
                culprits.add(request.getPlace());
                response.setRestart(ReportExitResponse.Restart.RESTART_REFUSED).setReason("the budget is spent");
            } else {
                response.setRestart(ReportExitResponse.Restart.RESTART_NOT_WANTED)
                        .setReason("the others go on");
            }
            answer.onNext(response.build());
            answer.onCompleted();
            dying = sequel == Sequel.LET_GO_AND_DIE;
        }
    }
}
