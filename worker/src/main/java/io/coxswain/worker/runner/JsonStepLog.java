package io.coxswain.worker.runner;

import io.coxswain.types.BatchDescriptor;
import io.coxswain.worker.step.AgreedStep;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * The step log as a file: one JSON line a step, on disk before the next step is reported, so that a killed process has told all
 * that it has executed. Forward thread only.
 */
public final class JsonStepLog implements StepLog {

    private final Path file;
    private final BufferedWriter writer;

    private JsonStepLog(Path file, BufferedWriter writer) {
        this.file = file;
        this.writer = writer;
    }

    /**
     * Opens the log of one member, a file of its own in a directory, which is made if it is missing.
     *
     * @throws IOException if it cannot be written
     */
    public static JsonStepLog open(Path directory, int place, int attempt) throws IOException {
        Files.createDirectories(directory);
        Path file = directory.resolve("place-" + place + "-attempt-" + attempt + ".jsonl");
        return new JsonStepLog(file, Files.newBufferedWriter(file, StandardCharsets.UTF_8));
    }

    @Override
    public void executed(AgreedStep agreed, int rank, long resultHash) {
        StringBuilder line = new StringBuilder(200)
                .append("{\"term\":")
                .append(agreed.term())
                .append(",\"epoch\":")
                .append(agreed.epoch())
                .append(",\"step\":")
                .append(agreed.step())
                .append(",\"rank\":")
                .append(rank)
                .append(",\"num_tokens_across_dp\":[");
        int[] counts = agreed.numTokensAcrossDp();
        for (int i = 0; i < counts.length; i++) {
            line.append(i == 0 ? "" : ",").append(counts[i]);
        }
        line.append("],\"descriptor\":")
                .append(agreed.shape().map(JsonStepLog::descriptor).orElse("null"))
                .append(",\"result_hash\":\"")
                .append(HexFormat.of().toHexDigits(resultHash))
                .append("\"}\n");
        write(line);
    }

    private static String descriptor(BatchDescriptor shape) {
        String requests = shape.numRequests().isPresent()
                ? Integer.toString(shape.numRequests().getAsInt())
                : "null";
        return "{\"num_tokens\":" + shape.numTokens() + ",\"num_requests\":" + requests + ",\"uniform\":"
                + shape.uniform() + "}";
    }

    private void write(StringBuilder line) {
        try {
            writer.append(line).flush();
        } catch (IOException e) {
            throw new UncheckedIOException("the step log " + file + " cannot be written: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        try {
            writer.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the step log " + file + " cannot be closed: " + e.getMessage(), e);
        }
    }
}
