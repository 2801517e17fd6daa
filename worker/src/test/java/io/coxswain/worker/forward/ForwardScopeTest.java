package io.coxswain.worker.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // javac wants each scope referenced inside of its try
class ForwardScopeTest {
    private final ForwardContext five = ForwardContext.builder().numTokens(5).build();
    private final ForwardContext six = ForwardContext.builder().numTokens(6).build();

    @AfterEach
    void shouldHaveLeftNothingOnThisThread() {
        assertThat(ForwardContext.isAvailable()).isFalse();
    }

    @Test
    void shouldSayWhatToDoWhereNoContextIsCurrent() {
        assertThatIllegalStateException()
                .isThrownBy(ForwardContext::current)
                .withMessageContaining("no ForwardContext is current on thread '"
                        + Thread.currentThread().getName() + "'")
                .withMessageContaining("context.makeCurrent()");
    }

    @Test
    void shouldBeCurrentInsideOfItsScopeOnly() {
        try (ForwardContext.Scope scope = five.makeCurrent()) {
            assertThat(ForwardContext.isAvailable()).isTrue();
            assertThat(ForwardContext.current()).isSameAs(five);
        }
        assertThat(ForwardContext.isAvailable()).isFalse();
    }

    @Test
    void shouldRestoreTheOuterContextWhenAScopeIsNested() {
        try (ForwardContext.Scope outer = five.makeCurrent()) {
            try (ForwardContext.Scope inner = six.makeCurrent();
                    ForwardContext.Scope again = six.makeCurrent()) {
                assertThat(ForwardContext.current()).isSameAs(six);
            }
            assertThat(ForwardContext.current()).isSameAs(five);
        }
    }

    @Test
    void shouldRestoreTheOuterContextAfterAnException() {
        try (ForwardContext.Scope outer = five.makeCurrent()) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> {
                        try (ForwardContext.Scope inner = six.makeCurrent()) {
                            throw new IllegalStateException("the model failed");
                        }
                    })
                    .withMessage("the model failed");
            assertThat(ForwardContext.current()).isSameAs(five);
        }
    }

    @Test
    void shouldNotBeCurrentOnAnotherThread() throws Exception {
        try (ForwardContext.Scope scope = five.makeCurrent()) {
            assertThat(onAnotherThread(ForwardContext::isAvailable)).isFalse();
        }
    }

    @Test
    void shouldNotRestoreAnythingWhenClosedTwice() {
        ForwardContext.Scope first = five.makeCurrent();
        first.close();
        try (ForwardContext.Scope second = six.makeCurrent()) {
            assertThatCode(first::close).doesNotThrowAnyException();
            assertThat(ForwardContext.current()).isSameAs(six);
        }
    }

    @Test
    void shouldRefuseToCloseAnOuterScopeBeforeTheInnerOneAndThenGoOn() {
        ForwardContext.Scope outer = five.makeCurrent();
        ForwardContext.Scope inner = six.makeCurrent();

        assertThatIllegalStateException()
                .isThrownBy(outer::close)
                .withMessage("the scope of " + five + " cannot be closed before the scope of " + six
                        + " that was opened inside of it");
        assertThat(ForwardContext.current()).isSameAs(six);
        inner.close();
        assertThat(ForwardContext.current()).isSameAs(five);
        outer.close();
    }

    @Test
    void shouldRefuseToCloseAScopeOfAnotherThread() throws Exception {
        try (ForwardContext.Scope scope = five.makeCurrent()) {
            String opener = Thread.currentThread().getName();
            onAnotherThread(() -> assertThatIllegalStateException()
                    .isThrownBy(scope::close)
                    .withMessage("the scope of " + five + " was opened on thread '" + opener
                            + "' and cannot be closed on thread 'other'"));
            assertThat(ForwardContext.current()).isSameAs(five);
        }
    }

    private static <T> T onAnotherThread(Callable<T> body) throws Exception {
        FutureTask<T> task = new FutureTask<>(body);
        new Thread(task, "other").start();
        return task.get(10, TimeUnit.SECONDS);
    }
}
