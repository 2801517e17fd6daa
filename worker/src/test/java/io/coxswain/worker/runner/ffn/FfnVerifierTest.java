package io.coxswain.worker.runner.ffn;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.worker.runner.TokenBatch;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FfnVerifierTest {
    private static final FfnConfig CONFIG = new FfnConfig(8, 12, 3);
    private static final int TOKENS = 70;

    private final FfnVerifier verifier = new FfnVerifier(CONFIG);
    private final TokenBatch batch = new TokenBatch();
    private final float[] results = new float[(TOKENS + 2) * 8];

    @BeforeEach
    void computeRightResults() {
        batch.addRange(5, 10, TOKENS);
        ReferenceFfn reference = new ReferenceFfn(CONFIG);
        for (int row = 0; row < TOKENS; row++) {
            reference.token(0, 5, 10 + row);
            System.arraycopy(reference.compute(1)[0], 0, results, row * 8, 8);
        }
    }

    @Test
    void shouldPassRightResults() {
        verifier.check(batch, 0, TOKENS + 2, results);

        assertThat(verifier.result().passed()).isTrue();
        assertThat(verifier.result().tokensChecked()).isEqualTo(TOKENS);
        assertThat(verifier.result().maxRelativeError()).isLessThan(1e-6);
    }

    @Test
    void shouldNameTheFirstRowThatIsWrong() {
        results[40 * 8 + 2] += 0.01f;
        results[60 * 8 + 2] += 0.01f;

        verifier.check(batch, 0, TOKENS, results);

        assertThat(verifier.result().passed()).isFalse();
        assertThat(verifier.result().firstFailure()).startsWith("request 5 position 50: relative error 0.0");
        assertThat(verifier.result().tokensChecked()).isEqualTo(TOKENS);
    }

    @Test
    void shouldFailResultsThatAreNotFinite() {
        results[8] = Float.NaN;

        verifier.check(batch, 0, TOKENS, results);

        assertThat(verifier.result().firstFailure()).startsWith("request 5 position 11: relative error NaN");
        assertThat(verifier.result().maxRelativeError()).isInfinite();
    }

    @Test
    void shouldFailPaddingThatIsNotZero() {
        results[TOKENS * 8 + 1] = 1e-20f;

        verifier.check(batch, 0, TOKENS + 1, results);

        assertThat(verifier.result().firstFailure()).isEqualTo("padding row 70: column 1 is 1.0E-20, it must be zero");
    }

    @Test
    void shouldCheckAPartOfTheBatch() {
        float[] part = Arrays.copyOfRange(results, 40 * 8, results.length);

        verifier.check(batch, 40, TOKENS, part);

        assertThat(verifier.result().passed()).isTrue();
        assertThat(verifier.result().tokensChecked()).isEqualTo(30);
    }
}
