package io.coxswain.coordinator.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.coordinator.core.Attachment;
import io.coxswain.coordinator.core.CapturedSet;
import io.coxswain.coordinator.core.ControlMessage;
import io.coxswain.coordinator.core.DecidedStep;
import io.coxswain.coordinator.core.DecisionSettings;
import io.coxswain.coordinator.core.Effect;
import io.coxswain.coordinator.core.Effect.CloseStep.CloseKind;
import io.coxswain.coordinator.core.Effect.MembersChanged.PlaceMember;
import io.coxswain.coordinator.core.EpochId;
import io.coxswain.coordinator.core.GroupConfig;
import io.coxswain.coordinator.core.GroupState;
import io.coxswain.coordinator.core.Hello;
import io.coxswain.coordinator.core.Input;
import io.coxswain.coordinator.core.JobSettings;
import io.coxswain.coordinator.core.Link;
import io.coxswain.coordinator.core.MemberId;
import io.coxswain.coordinator.core.RankFacts;
import io.coxswain.coordinator.core.RestartVerdict;
import io.coxswain.coordinator.core.StepRefusal;
import io.coxswain.coordinator.core.StepReport;
import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.core.TestTimeouts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EngineTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long START = 5_000 * SECOND; // a monotonic clock starts anywhere
    private static final TermId TERM = new TermId(1, 0xc0);
    private static final EpochId EPOCH = new EpochId(TERM, 1);

    private final ManualLoop loop = new ManualLoop(START);
    private final List<String> said = new ArrayList<>();
    private final Transport transport = new WrittenDown();
    private final Link control = new Named("control");
    private final Link step = new Named("step");

    private record Named(String name) implements Link {
        @Override
        public String toString() {
            return name;
        }
    }

    @Test
    void shouldSetATimerForTheFirstHeartbeatWhenItStarts() {
        Engine engine = engine(transport);
        assertThat(loop.delays()).isEmpty();

        engine.start();

        assertThat(loop.delays()).containsExactly(SECOND / 2);
    }

    @Test
    void shouldKeepATimerThatIsDueEarlyEnough() {
        Engine engine = running(transport);
        int before = loop.scheduled();
        assertThat(loop.delays()).hasSize(1);

        report(engine, 0);
        loop.pass(SECOND / 10);
        report(engine, 1);

        assertThat(loop.scheduled()).isEqualTo(before);
        assertThat(loop.delays()).containsExactly(SECOND / 2 - SECOND / 10);
    }

    @Test
    void shouldCancelATimerThatASoonerOneTakesThePlaceOf() {
        Engine engine = running(transport);

        engine.submit(new Input.ControlClosed(control, "reset"));

        assertThat(loop.delays()).containsExactly(SECOND / 5);
    }

    @Test
    void shouldSetTheNextTimerWhenOneHasFired() {
        Engine engine = engine(transport);
        engine.start();

        loop.fireNext();

        assertThat(loop.getAsLong()).isEqualTo(START + SECOND / 2);
        assertThat(loop.delays()).containsExactly(SECOND / 2);
    }

    @Test
    void shouldSetNoTimerAfterTheEnd() {
        Engine engine = running(transport);
        engine.submit(new Input.LeaveReceived(control, "told to"));
        assertThat(said).last().isEqualTo("close control");

        while (!loop.delays().isEmpty()) {
            loop.fireNext();
        }
        int before = loop.scheduled();
        engine.submit(new Input.Tick());

        assertThat(engine.snapshot().position().state()).isEqualTo(GroupState.FAILED);
        assertThat(loop.scheduled()).isEqualTo(before);
    }

    @Test
    void shouldCarryOutEffectsInTheirOrder() {
        running(transport);

        assertThat(said)
                .containsExactly(
                        "control: Welcome",
                        "state PREPARING",
                        "control: Membership",
                        "state RUNNING",
                        "control: Start");
    }

    @Test
    void shouldPassDecisionsRefusalsAndClosingsOn() {
        Engine engine = running(transport);
        said.clear();

        report(engine, 0);
        report(engine, 7);
        engine.submit(new Input.LeaveReceived(control, "told to"));

        assertThat(said)
                .containsExactly(
                        "[step]: decided 0",
                        "step: refused TOO_EARLY",
                        "state ABORTING",
                        "control: Abort",
                        "close step EPOCH_OVER",
                        "state FAILED",
                        "control: JobEnded",
                        "close control");
    }

    @Test
    void shouldCountTimeFromItsStart() {
        Engine engine = running(transport);
        loop.pass(3 * SECOND);

        assertThat(engine.snapshot().ranks().get(0).lastMessageAgeNanos()).isEqualTo(3 * SECOND);
    }

    @Test
    void shouldRefuseToBeCalledOnAnotherThread() {
        Engine engine = engine(transport);

        for (Runnable call :
                List.<Runnable>of(engine::start, () -> engine.submit(new Input.Tick()), engine::snapshot)) {
            var elsewhere = CompletableFuture.runAsync(call);

            assertThatThrownBy(() -> elsewhere.get(20, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("the engine belongs to its event loop; this is ");
        }
        assertThat(loop.scheduled()).isZero();
    }

    @Test
    void shouldStopAndSaySoWhenARuleIsBroken() {
        var broken = new IllegalStateException("a rule is broken");
        Engine engine = engine(new WrittenDown() {
            @Override
            public void send(Link link, ControlMessage message) {
                throw broken;
            }
        });
        engine.start();
        int before = loop.scheduled();

        engine.submit(new Input.HelloReceived(control, hello()));
        engine.submit(new Input.HelloReceived(control, hello()));
        loop.fireNext();

        assertThat(said).containsExactly("defect a rule is broken");
        assertThat(loop.scheduled()).isEqualTo(before);
    }

    private Engine engine(Transport to) {
        var listener = new EngineListener() {
            @Override
            public void onTransition(Effect.Transitioned transition) {
                said.add("state " + transition.to());
            }

            @Override
            public void onDefect(RuntimeException defect) {
                said.add("defect " + defect.getMessage());
            }
        };
        GroupConfig config = new GroupConfig("job", 1, TestTimeouts.usual(), GroupConfig.Resilience.failing(1));
        return new Engine(Engine.Reign.first(config, TERM), loop, new Engine.Surroundings(to, loop, listener));
    }

    /** An engine whose world of one runs, with its step stream open. */
    private Engine running(Transport to) {
        Engine engine = engine(to);
        engine.start();
        engine.submit(new Input.HelloReceived(control, hello()));
        engine.submit(new Input.PreparedReceived(control, EPOCH));
        engine.submit(new Input.StepOpened(step, "job", 0, hello().member(), EPOCH, 1));
        return engine;
    }

    private static Hello hello() {
        return new Hello(
                "job",
                new MemberId(7, 0),
                OptionalInt.of(0),
                new Hello.Origin("node", 1, "cpu", ""),
                new JobSettings(1, DecisionSettings.defaults(), 2048, Map.of()),
                CapturedSet.ALL,
                TermId.NONE,
                Hello.Standing.NEW);
    }

    private void report(Engine engine, long number) {
        var facts = new RankFacts(8, 8, 1, true, false, 0, new long[0]);
        engine.submit(new Input.ReportReceived(step, 0, new StepReport(TERM, EPOCH, number, 0, facts, null)));
    }

    /** A transport that carries nothing. */
    private class WrittenDown implements Transport {
        @Override
        public void send(Link link, ControlMessage message) {
            said.add(link + ": " + message.getClass().getSimpleName());
        }

        @Override
        public void close(Link link) {
            said.add("close " + link);
        }

        @Override
        public void send(List<Link> streams, DecidedStep decided) {
            said.add(streams + ": decided " + decided.step());
        }

        @Override
        public void resend(Link stream, TermId term, Attachment.LastDecision decision) {
            said.add("resend step " + decision.step());
        }

        @Override
        public void answer(Link asker, RestartVerdict verdict) {
            said.add("restart " + verdict.kind());
        }

        @Override
        public void answer(Link asker, String refusal) {
            said.add("drain " + refusal);
        }

        @Override
        public void publish(List<PlaceMember> places) {
            // Who the members are is not what these tests are about.
        }

        @Override
        public void refuse(Link stream, TermId term, StepRefusal refusal) {
            said.add(stream + ": refused " + refusal.kind());
        }

        @Override
        public void close(Link stream, CloseKind kind, String reason) {
            said.add("close " + stream + " " + kind);
        }
    }
}
