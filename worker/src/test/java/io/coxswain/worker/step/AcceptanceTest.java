package io.coxswain.worker.step;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.v1.StepDecision;
import io.coxswain.v1.StepReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AcceptanceTest {

    private final Acceptance acceptance = new Acceptance();

    @BeforeEach
    void enter() {
        acceptance.enter(5);
    }

    @Test
    void shouldRememberWhatItAcceptedAndWhatIsOpen() {
        acceptance.reported(report(0));
        assertThat(acceptance.accept(decision(0), 0)).isTrue();
        acceptance.reported(report(1));

        Acceptance.State held = acceptance.freeze();

        assertThat(held.epoch()).isEqualTo(5);
        assertThat(held.accepted()).isEqualTo(decision(0));
        assertThat(held.open()).isEqualTo(report(1));
    }

    @Test
    void shouldAcceptNothingWhileItIsFrozen() {
        acceptance.reported(report(0));
        acceptance.freeze();

        assertThat(acceptance.accept(decision(0), 0)).isFalse();

        acceptance.thaw();
        assertThat(acceptance.accept(decision(0), 0)).isTrue();
    }

    @Test
    void shouldNeverAcceptWhatAnEarlierGenerationsStreamStillHolds() {
        acceptance.reported(report(0));
        acceptance.freeze();
        acceptance.beginGeneration();
        assertThat(acceptance.accept(decision(0), 1))
                .as("before the new coordinator has said that it goes on")
                .isFalse();
        acceptance.thaw();

        assertThat(acceptance.accept(decision(0), 0)).isFalse();
        assertThat(acceptance.accept(decision(0), 1)).isTrue();
    }

    @Test
    void shouldForgetTheEpochBeforeWhenAnotherBegins() {
        acceptance.accept(decision(7), 0);

        acceptance.enter(6);

        assertThat(acceptance.state().accepted()).isNull();
        assertThat(acceptance.state().open()).isNull();
    }

    /** All orders in which the calls of the two threads can fall, and what holds in each of them. */
    @Test
    void shouldKeepAcceptingAndReattachingApartInEveryOrderOfTheirCalls() {
        int orders = inEveryOrder(List.of(), 0, 0);

        assertThat(orders).as("the ways to merge 5 calls into 3").isEqualTo(56);
    }

    private static final int FORWARD_CALLS = 5;
    private static final int SESSION_CALLS = 3;

    private static int inEveryOrder(List<Boolean> forwardNext, int forward, int session) {
        if (forward == FORWARD_CALLS && session == SESSION_CALLS) {
            new Order().run(forwardNext);
            return 1;
        }
        int orders = forward < FORWARD_CALLS ? inEveryOrder(plus(forwardNext, true), forward + 1, session) : 0;
        return orders + (session < SESSION_CALLS ? inEveryOrder(plus(forwardNext, false), forward, session + 1) : 0);
    }

    private static List<Boolean> plus(List<Boolean> order, boolean forward) {
        List<Boolean> longer = new ArrayList<>(order);
        longer.add(forward);
        return longer;
    }

    /**
     * One order of calls. The forward thread takes what it can, from the stream that it has; the session freezes, learns that
     * another coordinator reigns, and is told that the epoch goes on.
     */
    private static final class Order {
        private final Acceptance acceptance = new Acceptance();
        private int forwardCalls;
        private int sessionCalls;
        private long step;

        void run(List<Boolean> forwardNext) {
            acceptance.enter(5);
            acceptance.reported(report(0));
            for (boolean forward : forwardNext) {
                if (forward) {
                    acceptNext(forwardCalls++);
                } else {
                    reattach(sessionCalls++);
                }
            }
        }

        private void acceptNext(int call) {
            int generation = acceptance.state().generation();
            boolean mayAccept = sessionCalls == 0 || sessionCalls == SESSION_CALLS;
            assertThat(acceptance.accept(decision(step), generation))
                    .as("call %d after %d calls of the session", call, sessionCalls)
                    .isEqualTo(mayAccept);
            if (sessionCalls > 0) {
                assertThat(acceptance.accept(decision(step), 0))
                        .as("of the old stream")
                        .isFalse();
            }
            if (mayAccept) {
                acceptance.reported(report(++step));
            }
        }

        private void reattach(int call) {
            switch (call) {
                case 0 -> {
                    Acceptance.State told = acceptance.freeze();
                    assertThat(told.accepted()).isEqualTo(step == 0 ? null : decision(step - 1));
                    assertThat(told.open()).isEqualTo(report(step));
                }
                case 1 -> acceptance.beginGeneration();
                default -> acceptance.thaw();
            }
        }
    }

    /** Whatever way the two threads interleave: what was accepted by the freeze is told, and nothing is accepted after it. */
    @Test
    void shouldTellExactlyWhatWasAcceptedWhenTheThreadsRace() throws Exception {
        long seed = Long.getLong("coxswain.test.seed", System.nanoTime());
        System.out.println("coxswain.test.seed=" + seed);
        var random = new SplittableRandom(seed);
        var start = new CyclicBarrier(2);
        for (int round = 0; round < 2_000; round++) {
            var raced = new Acceptance();
            raced.enter(5);
            int spins = random.nextInt(200);
            var forward = new Accepting(raced, start);
            forward.start();
            start.await();
            for (int spin = 0; spin < spins; spin++) {
                Thread.onSpinWait();
            }

            Acceptance.State held = raced.freeze();

            forward.join();
            StepDecision told = held.accepted();
            assertThat(told == null ? -1 : told.getStep()).isEqualTo(forward.lastAccepted);
        }
    }

    /** A forward thread that accepts one decision after the other until it may not. */
    private static final class Accepting extends Thread {
        private final Acceptance acceptance;
        private final CyclicBarrier start;
        private long lastAccepted = -1;

        Accepting(Acceptance acceptance, CyclicBarrier start) {
            this.acceptance = Objects.requireNonNull(acceptance);
            this.start = start;
        }

        @Override
        public void run() {
            try {
                start.await();
            } catch (Exception broken) {
                throw new IllegalStateException(broken);
            }
            for (long step = 0; step < 1_000; step++) {
                acceptance.reported(report(step));
                if (!acceptance.accept(decision(step), 0)) {
                    return;
                }
                lastAccepted = step;
            }
        }
    }

    private static StepDecision decision(long step) {
        return StepDecision.newBuilder().setStep(step).build();
    }

    private static StepReport report(long step) {
        return StepReport.newBuilder().setStep(step).build();
    }
}
