package io.coxswain.worker.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.coxswain.v1.Action;
import io.coxswain.v1.BatchDescriptor;
import io.coxswain.v1.Epoch;
import io.coxswain.v1.Gather;
import io.coxswain.v1.StepDecision;
import io.coxswain.v1.Term;
import io.coxswain.worker.step.AgreedStep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonStepLogTest {

    @TempDir
    private Path directory;

    @Test
    void shouldWriteALineForEachStepBeforeTheNext() throws IOException {
        Path file = directory.resolve("logs/place-2-attempt-1.jsonl");
        try (JsonStepLog log = JsonStepLog.open(directory.resolve("logs"), 2, 1)) {
            log.executed(AgreedStep.of(decision(7).build(), 2), 1, 0xabcL);

            assertThat(Files.readString(file))
                    .isEqualTo("{\"term\":3,\"epoch\":5,\"step\":7,\"rank\":1,\"num_tokens_across_dp\":[4,8],"
                            + "\"descriptor\":null,\"result_hash\":\"0000000000000abc\"}\n");

            log.executed(
                    AgreedStep.of(
                            decision(8)
                                    .setShape(BatchDescriptor.newBuilder()
                                            .setNumTokens(8)
                                            .setNumRequests(8)
                                            .setUniformTokenCount(1))
                                    .build(),
                            2),
                    1,
                    -1L);
        }
        assertThat(Files.readAllLines(file).get(1))
                .contains("\"descriptor\":{\"num_tokens\":8,\"num_requests\":8,\"uniform\":true}")
                .endsWith("\"result_hash\":\"ffffffffffffffff\"}");
    }

    @Test
    void shouldSayWhereItCannotWrite() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");

        assertThatThrownBy(() -> JsonStepLog.open(file, 0, 0))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString());
    }

    private static StepDecision.Builder decision(long step) {
        return StepDecision.newBuilder()
                .setTerm(Term.newBuilder().setNumber(3).setCoordinatorId(1))
                .setEpoch(Epoch.newBuilder().setNumber(5))
                .setStep(step)
                .setAction(Action.ACTION_RUN)
                .setGather(Gather.GATHER_VARIABLE)
                .setMicrobatches(1)
                .addNumTokensAcrossDp(4)
                .addNumTokensAcrossDp(8);
    }
}
