package io.coxswain.worker;

import io.coxswain.v1.Hello;
import io.coxswain.v1.Member;
import java.io.IOException;
import java.net.InetAddress;
import java.security.SecureRandom;

/** How a worker says who and where it is, whatever it runs. */
final class Introduction {

    private Introduction() {}

    /** This start of the process. */
    static Member newMember(WorkerConfig config) {
        return Member.newBuilder()
                .setId(new SecureRandom().nextLong() | 1)
                .setAttempt(config.seat().start().attempt().orElse(0))
                .build();
    }

    /**
     * A hello that lacks only the job's settings and the graphs. May wait for the coordinator's name to be known.
     *
     * @throws IOException if this machine has no name, or no address to give
     */
    static Hello.Builder of(WorkerConfig config, Member member, Hardware hardware)
            throws IOException, InterruptedException {
        String host = AdvertisedHost.of(config.network());
        String bracketed = host.indexOf(':') < 0 ? host : "[" + host + "]";
        WorkerConfig.Start start = config.seat().start();
        return Hello.newBuilder()
                .setJob(config.seat().job())
                .setMember(member)
                .setPlace(config.seat().place())
                .setHost(InetAddress.getLocalHost().getHostName())
                .setPid((int) ProcessHandle.current().pid())
                .setDevice(hardware.device().name())
                .setCollectiveAddress(
                        bracketed + ":" + hardware.backend().localAddress().getPort())
                .setPredecessorEnded(start.predecessor() == WorkerConfig.Predecessor.ENDED)
                .setAttemptSource(
                        start.attempt().isPresent()
                                ? Hello.AttemptSource.ATTEMPT_SOURCE_STARTER
                                : Hello.AttemptSource.ATTEMPT_SOURCE_WANTED)
                .putAllLabels(config.seat().labels());
    }
}
