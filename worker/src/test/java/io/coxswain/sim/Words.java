package io.coxswain.sim;

import io.coxswain.coordinator.core.ControlMessage;
import io.coxswain.coordinator.core.EpochId;
import io.coxswain.coordinator.core.Hello;
import java.util.stream.Collectors;

/** Puts what a worker hears into words. */
final class Words implements ControlMessage.Visitor<String> {

    static final Words WORDS = new Words();

    private Words() {}

    /** Where a member that says hello is. */
    static String describe(Hello hello) {
        var attachment = hello.standing().attachment();
        if (attachment == null) {
            return "in no epoch";
        }
        var last = attachment.lastDecision();
        return attachment.state() + " in epoch " + attachment.epoch() + ", last decision "
                + (last == null ? "none" : last.step() + " " + last.action());
    }

    private static String name(EpochId epoch) {
        return "epoch " + epoch.number();
    }

    @Override
    public String onWelcome(ControlMessage.Welcome message) {
        return "is welcomed to place " + message.place() + " in term " + message.term();
    }

    @Override
    public String onRefused(ControlMessage.Refused message) {
        return "is refused, " + message.kind() + ": " + message.reason();
    }

    @Override
    public String onHeartbeat(ControlMessage.Heartbeat message) {
        return "hears that the coordinator is alive";
    }

    @Override
    public String onMembership(ControlMessage.Membership message) {
        EpochId replaces = message.replaces();
        String places = message.ranks().stream()
                .map(rank -> rank.place() + "#" + rank.member().attempt())
                .collect(Collectors.joining(", "));
        return "prepares " + name(message.epoch()) + " of places " + places
                + (replaces == null ? "" : ", which is to follow " + name(replaces));
    }

    @Override
    public String onCommunicatorId(ControlMessage.CommunicatorId message) {
        return "connects its collectives of " + name(message.epoch());
    }

    @Override
    public String onStart(ControlMessage.Start message) {
        return "starts " + name(message.epoch());
    }

    @Override
    public String onAbort(ControlMessage.Abort message) {
        return "hears that " + name(message.epoch()) + " is over";
    }

    @Override
    public String onDrainRefused(ControlMessage.DrainRefused message) {
        return "may not leave: " + message.reason();
    }

    @Override
    public String onJobEnded(ControlMessage.JobEnded message) {
        return "hears that the job has ended: " + message.outcome();
    }
}
