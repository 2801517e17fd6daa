package io.coxswain.coordinator.core;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Writes effects as lines that people read. */
final class EffectText implements Effect.Visitor {

    private String line = "";
    private boolean paused;

    /** While paused, the group gets no ticks but those of the scenario. */
    void pause(boolean now) {
        paused = now;
    }

    boolean isPaused() {
        return paused;
    }

    boolean isWorthALine(Effect effect) {
        return !(effect instanceof Effect.SendControl sent && sent.message() instanceof ControlMessage.Heartbeat);
    }

    String of(Effect effect) {
        effect.accept(this);
        return line;
    }

    List<String> status(GroupSnapshot snapshot) {
        GroupSnapshot.Position position = snapshot.position();
        String head = position.state() + ", step " + position.step() + ": "
                + position.verdict().reason();
        List<String> ranks = snapshot.ranks().stream()
                .map(rank -> String.format(
                        Locale.ROOT,
                        "rank %d %s, last step %d, %d tokens%s",
                        rank.place(),
                        rank.state(),
                        rank.report().step(),
                        rank.report().numTokens(),
                        rank.detail().isEmpty() ? "" : ", " + rank.detail()))
                .toList();
        return java.util.stream.Stream.concat(java.util.stream.Stream.of(head), ranks.stream())
                .collect(Collectors.toList());
    }

    private static String name(Link link) {
        return ((Scenario.TestLink) link).name();
    }

    @Override
    public void onSendControl(Effect.SendControl effect) {
        line = name(effect.control()) + ": " + effect.message().accept(new MessageText());
    }

    @Override
    public void onCloseControl(Effect.CloseControl effect) {
        line = name(effect.control()) + " closed";
    }

    @Override
    public void onSendDecision(Effect.SendDecision effect) {
        DecidedStep decided = effect.decided();
        Decision decision = decided.decision();
        line = "all " + effect.streams().size() + " streams: step " + decided.step() + " " + decision.action() + " "
                + decision.graphMode() + " " + Arrays.toString(decision.numTokensAcrossDp()) + " revisions "
                + Arrays.toString(decided.revisions()) + ": "
                + decision.reason().text();
    }

    @Override
    public void onRefuseReport(Effect.RefuseReport effect) {
        line = name(effect.stream()) + ": " + effect.refusal().kind() + ", "
                + effect.refusal().reason();
    }

    @Override
    public void onCloseStep(Effect.CloseStep effect) {
        line = name(effect.stream()) + " closed, " + effect.kind() + ": " + effect.reason();
    }

    @Override
    public void onResendDecision(Effect.ResendDecision effect) {
        line = name(effect.stream()) + ": step " + effect.decision().step() + " "
                + effect.decision().action() + " of the term before";
    }

    @Override
    public void onAnswerExit(Effect.AnswerExit effect) {
        RestartVerdict verdict = effect.verdict();
        line = name(effect.asker()) + ": restart " + verdict.kind() + ", next attempt " + verdict.nextAttempt()
                + ", fruitless " + verdict.fruitlessRestarts() + ": " + verdict.reason();
    }

    @Override
    public void onAnswerDrain(Effect.AnswerDrain effect) {
        line = name(effect.asker()) + ": "
                + (effect.refusal().isEmpty() ? "will be drained" : "not drained: " + effect.refusal());
    }

    @Override
    public void onMembersChanged(Effect.MembersChanged effect) {
        line = "members: "
                + effect.places().stream()
                        .map(place -> place.place() + " is " + place.member() + (place.isLive() ? "" : ", gone"))
                        .collect(Collectors.joining("; "));
    }

    @Override
    public void onTransitioned(Effect.Transitioned effect) {
        line = effect.from() + " -> " + effect.to() + ": " + effect.reason();
    }

    @Override
    public void onNote(Effect.Note effect) {
        line = "note: " + effect.text();
    }

    /** Writes control messages. */
    private static final class MessageText implements ControlMessage.Visitor<String> {

        @Override
        public String onWelcome(ControlMessage.Welcome message) {
            return "welcome to place " + message.place();
        }

        @Override
        public String onRefused(ControlMessage.Refused message) {
            return "refused, " + message.kind() + ": " + message.reason();
        }

        @Override
        public String onHeartbeat(ControlMessage.Heartbeat message) {
            return "heartbeat";
        }

        @Override
        public String onMembership(ControlMessage.Membership message) {
            return "membership of epoch " + message.epoch().number()
                    + (message.replaces() == null
                            ? ""
                            : " in place of " + message.replaces().number())
                    + ": "
                    + message.ranks().stream()
                            .map(rank -> rank.origin().collectiveAddress())
                            .collect(Collectors.joining(", "));
        }

        @Override
        public String onCommunicatorId(ControlMessage.CommunicatorId message) {
            return "communicator id " + message.id();
        }

        @Override
        public String onStart(ControlMessage.Start message) {
            return "start of epoch " + message.epoch().number();
        }

        @Override
        public String onAbort(ControlMessage.Abort message) {
            return "abort of epoch " + message.epoch().number() + ", culprits "
                    + message.verdict().culprits();
        }

        @Override
        public String onDrainRefused(ControlMessage.DrainRefused message) {
            return "drain refused: " + message.reason();
        }

        @Override
        public String onJobEnded(ControlMessage.JobEnded message) {
            return "job ended, " + message.outcome() + ", culprits "
                    + message.verdict().culprits();
        }
    }
}
