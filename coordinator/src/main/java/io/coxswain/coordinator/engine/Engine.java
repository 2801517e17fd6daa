package io.coxswain.coordinator.engine;

import io.coxswain.coordinator.core.Effect;
import io.coxswain.coordinator.core.Group;
import io.coxswain.coordinator.core.GroupConfig;
import io.coxswain.coordinator.core.GroupSnapshot;
import io.coxswain.coordinator.core.Input;
import io.coxswain.coordinator.core.JobMemory;
import io.coxswain.coordinator.core.TermId;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feeds the core with inputs and the time, and carries out its effects. Owned by the scheduler's thread: every method
 * must be called there, and says so where it is not.
 */
public final class Engine {

    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
    private static final Input TICK = new Input.Tick();

    private final LongSupplier nanoClock;
    private final long originNanos;
    private final Scheduler scheduler;
    private final EngineListener listener;
    private final Effect.Visitor effects;
    private final Group group;

    private Scheduler.@Nullable Timer timer;
    private long timerNanos;
    private int memoryRevision;
    private boolean closed;

    /**
     * An engine whose group waits for its ranks from now on.
     *
     * @param reign what the group is to be
     * @param nanoClock a monotonic clock
     * @param surroundings where effects, timers and news of states go
     */
    public Engine(Reign reign, LongSupplier nanoClock, Surroundings surroundings) {
        this.nanoClock = nanoClock;
        this.originNanos = nanoClock.getAsLong();
        this.scheduler = surroundings.scheduler();
        this.listener = surroundings.listener();
        this.effects = new EffectRunner(surroundings.transport());
        this.group = new Group(reign.config(), reign.term(), reign.memory(), 0);
    }

    /**
     * A group to be.
     *
     * @param config its settings
     * @param term its coordinator's term
     * @param memory what an earlier coordinator knew
     */
    public record Reign(GroupConfig config, TermId term, JobMemory memory) {

        /** Of a job that begins. */
        public static Reign first(GroupConfig config, TermId term) {
            return new Reign(config, term, JobMemory.NONE);
        }
    }

    /** The ports of an engine. */
    public record Surroundings(Transport transport, Scheduler scheduler, EngineListener listener) {}

    /** Starts the clock of the join deadline. */
    public void start() {
        assertOwner();
        armTimer();
    }

    /** Takes one input and carries out what follows from it. */
    public void submit(Input input) {
        assertOwner();
        if (closed) {
            return;
        }
        try {
            List<Effect> wanted = group.handle(input, now());
            for (int i = 0; i < wanted.size(); i++) {
                wanted.get(i).accept(effects);
            }
        } catch (RuntimeException defect) {
            closed = true;
            listener.onDefect(defect);
            return;
        }
        if (group.memoryRevision() != memoryRevision) {
            memoryRevision = group.memoryRevision();
            listener.onMemoryChanged();
        }
        armTimer();
    }

    /** Takes no more inputs: what still comes from streams that close is no concern of anybody's. */
    public void close() {
        assertOwner();
        closed = true;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    /** The highest term that any member has promised; 0 for none. */
    public long highestPromise() {
        assertOwner();
        return group.highestPromise();
    }

    /** What another coordinator should know, should it take over. */
    public JobMemory memory() {
        assertOwner();
        return group.memory(now());
    }

    /** A picture of the group now. */
    public GroupSnapshot snapshot() {
        assertOwner();
        return group.snapshot(now());
    }

    private long now() {
        return nanoClock.getAsLong() - originNanos;
    }

    /** A timer that is due early enough stays: the step's deadline moves with every step, the timer does not. */
    private void armTimer() {
        long due = group.nextTickNanos();
        if (closed || group.state().isEnd() || (timer != null && timerNanos <= due)) {
            return;
        }
        if (timer != null) {
            timer.cancel();
        }
        timerNanos = due;
        timer = scheduler.schedule(this::tick, Math.max(0, due - now()));
    }

    private void tick() {
        timer = null;
        submit(TICK);
    }

    private void assertOwner() {
        if (!scheduler.isCurrentThread()) {
            throw new IllegalStateException("the engine belongs to its event loop; this is "
                    + Thread.currentThread().getName());
        }
    }

    /** Carries out effects, one case each. */
    private final class EffectRunner implements Effect.Visitor {

        private final Transport transport;

        EffectRunner(Transport transport) {
            this.transport = transport;
        }

        @Override
        public void onSendControl(Effect.SendControl effect) {
            transport.send(effect.control(), effect.message());
        }

        @Override
        public void onCloseControl(Effect.CloseControl effect) {
            transport.close(effect.control());
        }

        @Override
        public void onSendDecision(Effect.SendDecision effect) {
            transport.send(effect.streams(), effect.decided());
        }

        @Override
        public void onRefuseReport(Effect.RefuseReport effect) {
            LOG.warn(
                    "report refused ({}): {}",
                    effect.refusal().kind(),
                    effect.refusal().reason());
            transport.refuse(effect.stream(), effect.term(), effect.refusal());
        }

        @Override
        public void onCloseStep(Effect.CloseStep effect) {
            transport.close(effect.stream(), effect.kind(), effect.reason());
        }

        @Override
        public void onResendDecision(Effect.ResendDecision effect) {
            transport.resend(effect.stream(), effect.term(), effect.decision());
        }

        @Override
        public void onAnswerExit(Effect.AnswerExit effect) {
            LOG.info("restart: {}", effect.verdict());
            transport.answer(effect.asker(), effect.verdict());
        }

        @Override
        public void onAnswerDrain(Effect.AnswerDrain effect) {
            transport.answer(effect.asker(), effect.refusal());
        }

        @Override
        public void onMembersChanged(Effect.MembersChanged effect) {
            transport.publish(effect.places());
        }

        @Override
        public void onTransitioned(Effect.Transitioned effect) {
            listener.onTransition(effect);
        }

        @Override
        public void onNote(Effect.Note effect) {
            LOG.info("{}", effect.text());
        }
    }
}
