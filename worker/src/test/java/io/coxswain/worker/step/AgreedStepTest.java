package io.coxswain.worker.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.coxswain.types.BatchDescriptor;
import io.coxswain.types.CudaGraphMode;
import io.coxswain.v1.Action;
import io.coxswain.v1.AgreedVote;
import io.coxswain.v1.Gather;
import io.coxswain.v1.GraphMode;
import io.coxswain.v1.StepDecision;
import io.coxswain.worker.step.StepException.Kind;
import org.junit.jupiter.api.Test;

class AgreedStepTest {
    @Test
    void shouldReadEveryField() {
        AgreedStep agreed = AgreedStep.of(full().build(), 2);

        assertThat(agreed.step()).isEqualTo(8);
        assertThat(agreed.action()).isEqualTo(AgreedStep.Action.RUN);
        assertThat(agreed.graphMode()).isEqualTo(CudaGraphMode.FULL);
        assertThat(agreed.shape()).contains(BatchDescriptor.ofUniform(16, 8));
        assertThat(agreed.uniformTokenCount()).hasValue(2);
        assertThat(agreed.largestNumRequests()).isEqualTo(7);
        assertThat(agreed.numTokens(1)).isEqualTo(15);
        assertThat(agreed.numTokensAcrossDp()).containsExactly(16, 15);
        assertThat(agreed.revision(0)).isZero();
        assertThat(agreed.revision(1)).isEqualTo(3);
        assertThat(agreed.microbatches()).isEqualTo(2);
        assertThat(agreed.gather()).isEqualTo(AgreedStep.Gather.VARIABLE);
        assertThat(agreed.vote(0)).hasValue(-4);
        assertThat(agreed.vote(1)).isEmpty();
        assertThat(agreed.reason()).isEqualTo("since");
    }

    @Test
    void shouldReadAbsenceAsAbsence() {
        AgreedStep idle = AgreedStep.of(
                StepDecision.newBuilder().setAction(Action.ACTION_IDLE).build(), 2);

        assertThat(idle.action()).isEqualTo(AgreedStep.Action.IDLE);
        assertThat(idle.graphMode()).isEqualTo(CudaGraphMode.NONE);
        assertThat(idle.shape()).isEmpty();
        assertThat(idle.uniformTokenCount()).isEmpty();
        assertThat(idle.numTokensAcrossDp()).isEmpty();
        assertThat(idle.revision(1)).isZero();
        assertThat(idle.gather()).isEqualTo(AgreedStep.Gather.NONE);
    }

    @Test
    void shouldTellAnyRequestsFromNone() {
        StepDecision piecewise = full().setGraphMode(GraphMode.GRAPH_MODE_PIECEWISE)
                .setShape(io.coxswain.v1.BatchDescriptor.newBuilder().setNumTokens(16))
                .build();

        assertThat(AgreedStep.of(piecewise, 2).shape()).contains(BatchDescriptor.of(16));
    }

    @Test
    void shouldRefuseWhatARunMustNotLack() {
        assertRefused(full().setActionValue(99), "action 99");
        assertRefused(full().clearAction(), "action 0");
        assertRefused(full().setGraphModeValue(9), "graph_mode 9");
        assertRefused(full().setGatherValue(9), "gather 9");
        assertRefused(
                full().setShape(io.coxswain.v1.BatchDescriptor.newBuilder().setNumRequests(4)),
                "shape 0 tokens and 4 requests");
        assertRefused(full().clearGather(), "gather GATHER_UNSPECIFIED");
        assertRefused(full().clearMicrobatches(), "microbatches 0");
        assertRefused(full().addNumTokensAcrossDp(1), "num_tokens_across_dp 3 entries");
        assertRefused(full().setNumTokensAcrossDp(1, 1 << 31), "num_tokens_across_dp of rank 1 2147483648");
        assertRefused(full().addRevisions(1), "revisions 3 entries");
    }

    private static void assertRefused(StepDecision.Builder decision, String what) {
        assertThatExceptionOfType(StepException.class)
                .isThrownBy(() -> AgreedStep.of(decision.build(), 2))
                .withMessageContaining(what)
                .matches(e -> e.kind() == Kind.CONTRACT_BROKEN);
    }

    private static StepDecision.Builder full() {
        return StepDecision.newBuilder()
                .setStep(8)
                .setAction(Action.ACTION_RUN)
                .setGraphMode(GraphMode.GRAPH_MODE_FULL)
                .setShape(io.coxswain.v1.BatchDescriptor.newBuilder()
                        .setNumTokens(16)
                        .setNumRequests(8)
                        .setUniformTokenCount(2))
                .setUniformTokenCount(2)
                .setLargestNumRequests(7)
                .addNumTokensAcrossDp(16)
                .addNumTokensAcrossDp(15)
                .addRevisions(0)
                .addRevisions(3)
                .setMicrobatches(2)
                .setGather(Gather.GATHER_VARIABLE)
                .addVotes(AgreedVote.newBuilder().setValue(-4))
                .addVotes(AgreedVote.getDefaultInstance())
                .setReason("since");
    }
}
