package io.coxswain.sim;

import io.coxswain.coordinator.core.Action;
import io.coxswain.coordinator.core.ControlMessage;
import io.coxswain.coordinator.core.DecidedStep;
import io.coxswain.coordinator.core.Effect;
import io.coxswain.coordinator.core.Effect.MembersChanged.PlaceMember;
import io.coxswain.coordinator.core.Group;
import io.coxswain.coordinator.core.GroupState;
import io.coxswain.coordinator.core.Input;
import io.coxswain.coordinator.core.Link;
import io.coxswain.coordinator.core.TermId;
import java.util.ArrayList;
import java.util.List;

/** A coordinator's process around the real core: it does what the engine does. */
final class SimCoordinator extends SimProcess implements Effect.Visitor {

    private static final Input TICK = new Input.Tick();
    private static final long NONE = Long.MAX_VALUE;

    private final Simulation world;
    private final SimReplica replica;
    private final TermId term;
    private final Group group;
    private final CoordinatorWatch watch;
    private List<PlaceMember> members = new ArrayList<>();
    private long timerNanos = NONE;

    SimCoordinator(Simulation world, SimReplica replica, TermId term) {
        super(world.events(), "coordinator " + term);
        this.world = world;
        this.replica = replica;
        this.term = term;
        this.group = new Group(world.scenario().config(), term, now());
        this.watch = new CoordinatorWatch(this);
        armTimer();
    }

    /** The process that it runs in. */
    SimReplica replica() {
        return replica;
    }

    TermId term() {
        return term;
    }

    GroupState state() {
        return group.state();
    }

    /** Who holds which place, by this coordinator. */
    List<PlaceMember> members() {
        return members;
    }

    /** A worker has opened a control stream. */
    void hello(Input.HelloReceived input, SimWorker worker) {
        watch.hello(worker, input.hello().standing().attachment());
        handle(input);
        long promised = input.hello().promisedTerm().number();
        if (promised > 0) {
            replica.later(0, () -> replica.termHeard(promised));
        }
    }

    void handle(Input input) {
        for (Effect effect : react(input)) {
            effect.accept(this);
        }
        armTimer();
    }

    private List<Effect> react(Input input) {
        try {
            return group.handle(input, now());
        } catch (RuntimeException defect) {
            throw new Violation(Invariant.SOUND_CORE, this + " on " + input + ": " + defect, defect);
        }
    }

    private void armTimer() {
        long due = group.nextTickNanos();
        if (group.state().isEnd() || timerNanos <= due) {
            return;
        }
        if (due == NONE) {
            throw new Violation(Invariant.BOUNDED_WAIT, this + " waits for nothing in " + group.state());
        }
        timerNanos = due;
        later(Math.max(0, due - now()), () -> {
            if (timerNanos == due) {
                timerNanos = NONE;
                handle(TICK);
            }
        });
    }

    @Override
    void streamClosed(Stream stream, Closing closing) {
        switch (stream.kind()) {
            case CONTROL -> handle(new Input.ControlClosed(stream, closing.reason()));
            case STEP -> handle(new Input.StepClosed(stream, stream.worker().place()));
            case FEED -> throw new IllegalStateException("a coordinator feeds nobody");
        }
    }

    @Override
    public void onSendControl(Effect.SendControl effect) {
        Stream stream = (Stream) effect.control();
        ControlMessage message = effect.message();
        watch.says(stream.worker(), message);
        if (message instanceof ControlMessage.Start start) {
            world.invariants().started(start.epoch());
        }
        stream.down(() -> stream.worker().hear(stream, message));
    }

    @Override
    public void onCloseControl(Effect.CloseControl effect) {
        ((Stream) effect.control()).closeFrom(this, Closing.done("closed by " + this));
    }

    @Override
    public void onSendDecision(Effect.SendDecision effect) {
        DecidedStep decided = effect.decided();
        world.invariants().decided(decided.epoch(), decided.step());
        for (Link link : effect.streams()) {
            send((Stream) link, decided);
        }
        if (world.history().keepsSteps()) {
            world.history()
                    .step(() -> this + " decides step " + decided.step() + " of epoch " + decided.epoch() + ": "
                            + decided.decision());
        }
        if (decided.decision().action() == Action.RUN) {
            tally();
            world.decidedRun(decided);
        }
    }

    private void tally() {
        if (world.launcher().highestPromise() > term.number()) {
            world.tally().happened(Occurrence.DECIDED_BELOW_A_PROMISE);
        }
        if (world.scenario().needsMajority() && !replica.seesMajority()) {
            world.tally().happened(Occurrence.LED_WITHOUT_MAJORITY);
        }
    }

    private void send(Stream stream, DecidedStep decided) {
        stream.down(() -> stream.worker().steps().hear(stream, term, decided));
    }

    @Override
    public void onResendDecision(Effect.ResendDecision effect) {
        DecidedStep decided = world.codec().decode(effect.decision().encoded());
        world.history().change(() -> this + " sends step " + decided.step() + " of an earlier term again");
        send((Stream) effect.stream(), decided);
    }

    @Override
    public void onRefuseReport(Effect.RefuseReport effect) {
        Stream stream = (Stream) effect.stream();
        stream.down(() -> stream.worker().steps().hearRefusal(stream, effect.refusal()));
    }

    @Override
    public void onCloseStep(Effect.CloseStep effect) {
        ((Stream) effect.stream()).closeFrom(this, Closing.of(effect.kind(), effect.reason()));
    }

    @Override
    public void onAnswerExit(Effect.AnswerExit effect) {
        world.launcher().answered((Launcher.Exit) effect.asker(), effect.verdict());
    }

    @Override
    public void onAnswerDrain(Effect.AnswerDrain effect) {
        world.history()
                .change(() -> this + " answers the drain: "
                        + (effect.refusal().isEmpty() ? "it will be done" : effect.refusal()));
    }

    @Override
    public void onMembersChanged(Effect.MembersChanged effect) {
        members = effect.places();
        watch.membersChanged(members);
        world.cluster().membersChanged(this);
    }

    @Override
    public void onTransitioned(Effect.Transitioned effect) {
        world.history().change(() -> this + ": " + effect.from() + " -> " + effect.to() + ": " + effect.reason());
        if (effect.to().isEnd()) {
            world.cluster().ended(this, effect.reason());
        }
    }

    @Override
    public void onNote(Effect.Note effect) {
        world.history().change(() -> this + ": " + effect.text());
    }
}
