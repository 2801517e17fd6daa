package io.coxswain.worker.step;

import static io.coxswain.worker.step.Scripts.EPOCH;
import static io.coxswain.worker.step.Scripts.MEMBER;
import static io.coxswain.worker.step.Scripts.TERM;

import io.coxswain.v1.StepDown;
import io.coxswain.v1.StepReport;
import io.coxswain.worker.net.Transports;
import io.grpc.stub.StreamObserver;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A scripted coordinator and a step client of the test's thread. */
final class StepWorld implements AutoCloseable {
    /** What lies between the two. */
    enum Transport {
        UNIX,
        TCP,
        NIO
    }

    /** Answers a report; runs on the server's thread, which is not the forward thread. */
    interface Script {
        void answer(StepReport report, StreamObserver<StepDown> down, StepWorld world);
    }

    private final MemberStanding standing = new MemberStanding();
    private final PhaseBoard phases = new PhaseBoard();
    private final Transport transport;
    private @Nullable ScriptedCoordinator coordinator;
    private @Nullable StepClient client;

    private StepWorld(Transport transport) {
        this.transport = transport;
        standing.term().admit(TERM);
    }

    static StepWorld start(Path directory, Transport transport, Script script) throws IOException {
        StepWorld world = new StepWorld(transport);
        SocketAddress address = transport == Transport.UNIX
                ? new DomainSocketAddress(directory.resolve("step").toString())
                : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        ScriptedCoordinator coordinator = ScriptedCoordinator.ofSteps(address, (up, down) -> {
            if (up.hasReport()) {
                script.answer(up.getReport(), down, world);
            }
        });
        world.coordinator = coordinator;
        world.client = world.connect(
                transport == Transport.UNIX
                        ? new StepTarget(address)
                        : new StepTarget(new InetSocketAddress(InetAddress.getLoopbackAddress(), coordinator.port())));
        return world;
    }

    static StepSeat seatOfEpoch(long number) {
        return new StepSeat(
                "job", MEMBER, 1, EPOCH.toBuilder().setNumber(number).build(), 2);
    }

    /** The stream of epoch 5. */
    StepStream open() {
        return client().open(seatOfEpoch(5));
    }

    StepClient connect(StepTarget target) {
        return StepClient.connect(
                target, standing, phases, transport == Transport.NIO ? Transports.NIO : Transports.EPOLL);
    }

    PromisedTerm term() {
        return standing.term();
    }

    Acceptance acceptance() {
        return standing.acceptance();
    }

    PhaseBoard phases() {
        return phases;
    }

    StepClient client() {
        return Objects.requireNonNull(client);
    }

    ScriptedCoordinator coordinator() {
        return Objects.requireNonNull(coordinator);
    }

    @Override
    public void close() throws InterruptedException {
        client().close();
        coordinator().close();
    }
}
