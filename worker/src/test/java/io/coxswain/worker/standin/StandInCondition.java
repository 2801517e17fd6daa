package io.coxswain.worker.standin;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Builds the stand-in before the first test that needs it. */
final class StandInCondition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (StandIn.hasCompiler()) {
            StandIn.use();
            return ConditionEvaluationResult.enabled("the stand-in is built");
        }
        String reason = "no C compiler: the CUDA stand-in needs gcc and nm on the PATH (Debian package gcc)";
        if (System.getenv("CI") != null || System.getenv("COXSWAIN_CI") != null) {
            throw new IllegalStateException(reason + ", and in CI nothing that needs it is skipped");
        }
        return ConditionEvaluationResult.disabled(reason);
    }
}
