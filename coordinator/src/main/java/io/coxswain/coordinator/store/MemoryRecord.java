package io.coxswain.coordinator.store;

import io.coxswain.coordinator.core.DecisionSettings;
import io.coxswain.coordinator.core.GraphModeSetting;
import io.coxswain.coordinator.core.JobMemory;
import io.coxswain.coordinator.core.JobMemory.EpochCounts;
import io.coxswain.coordinator.core.JobMemory.PlaceMemory;
import io.coxswain.coordinator.core.JobMemory.SpentRestarts;
import io.coxswain.coordinator.core.JobSettings;
import io.coxswain.coordinator.core.MemberId;
import io.coxswain.coordinator.core.Reducer;
import io.coxswain.coordinator.core.VoteDefinition;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of a job, as a record. Ages go as times of the wall clock, the only one that another host and another
 * boot share: where it jumps, the budget of restarts is off by as much. Stateless.
 */
final class MemoryRecord {

    private static final long NANOS_PER_MILLI = 1_000_000;

    private MemoryRecord() {}

    static byte[] encode(long term, JobMemory memory, long nowMillis) {
        return Records.of(term, out -> {
            out.writeLong(memory.highestEpoch());
            out.writeLong(memory.epochs().started());
            out.writeLong(memory.epochs().aborted());
            out.writeLong(memory.restarts().granted());
            List<Long> ages = memory.restarts().agesNanos();
            out.writeInt(ages.size());
            for (long age : ages) {
                out.writeLong(nowMillis - age / NANOS_PER_MILLI);
            }
            out.writeInt(memory.places().size());
            for (PlaceMemory place : memory.places()) {
                place(out, place);
            }
            JobSettings settings = memory.settings();
            out.writeBoolean(settings != null);
            if (settings != null) {
                settings(out, settings);
            }
        });
    }

    static JobMemory decode(byte @Nullable [] written, long nowMillis) {
        return written == null
                ? JobMemory.NONE
                : Records.read(written, in -> {
                    long highestEpoch = in.readLong();
                    EpochCounts epochs = new EpochCounts(in.readLong(), in.readLong());
                    SpentRestarts restarts = restarts(in, nowMillis);
                    List<PlaceMemory> places = new ArrayList<>();
                    for (int left = in.readInt(); left > 0; left--) {
                        places.add(place(in));
                    }
                    JobSettings settings = in.readBoolean() ? settings(in) : null;
                    return new JobMemory(settings, highestEpoch, epochs, restarts, places);
                });
    }

    private static SpentRestarts restarts(DataInputStream in, long nowMillis) throws IOException {
        long granted = in.readLong();
        List<Long> ages = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            ages.add(Math.max(0, nowMillis - in.readLong()) * NANOS_PER_MILLI);
        }
        return new SpentRestarts(granted, ages);
    }

    private static void place(DataOutputStream out, PlaceMemory place) throws IOException {
        MemberId latest = place.latest();
        out.writeInt(place.place());
        out.writeBoolean(latest != null);
        if (latest != null) {
            out.writeLong(latest.id());
            out.writeInt(latest.attempt());
        }
        out.writeInt(place.endedAttempt());
        out.writeInt(place.grantedAttempt());
        out.writeInt(place.fruitlessRestarts());
    }

    private static PlaceMemory place(DataInputStream in) throws IOException {
        int place = in.readInt();
        MemberId latest = in.readBoolean() ? new MemberId(in.readLong(), in.readInt()) : null;
        return new PlaceMemory(place, latest, in.readInt(), in.readInt(), in.readInt());
    }

    private static void settings(DataOutputStream out, JobSettings settings) throws IOException {
        DecisionSettings decision = settings.decision();
        out.writeInt(settings.worldSize());
        out.writeInt(settings.maxTokensPerStep());
        out.writeInt(decision.captureSizes().size());
        for (int size : decision.captureSizes()) {
            out.writeInt(size);
        }
        out.writeUTF(decision.graphMode().name());
        out.writeInt(decision.maxRequests());
        out.writeInt(decision.decodeQueryLength());
        out.writeInt(decision.microbatches());
        out.writeInt(decision.decodeThreshold());
        out.writeInt(decision.prefillThreshold());
        out.writeInt(decision.votes().size());
        for (VoteDefinition vote : decision.votes()) {
            out.writeUTF(vote.name());
            out.writeUTF(vote.reducer().name());
        }
        out.writeInt(settings.model().size());
        for (Map.Entry<String, String> entry : settings.model().entrySet()) {
            out.writeUTF(entry.getKey());
            out.writeUTF(entry.getValue());
        }
    }

    private static JobSettings settings(DataInputStream in) throws IOException {
        int worldSize = in.readInt();
        int maxTokens = in.readInt();
        List<Integer> sizes = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            sizes.add(in.readInt());
        }
        DecisionSettings.Builder decision = DecisionSettings.builder()
                .captureSizes(sizes)
                .graphMode(GraphModeSetting.valueOf(in.readUTF()))
                .maxRequests(in.readInt())
                .decodeQueryLength(in.readInt())
                .microbatches(in.readInt())
                .decodeThreshold(in.readInt())
                .prefillThreshold(in.readInt());
        List<VoteDefinition> votes = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            votes.add(new VoteDefinition(in.readUTF(), Reducer.valueOf(in.readUTF())));
        }
        Map<String, String> model = new TreeMap<>();
        for (int left = in.readInt(); left > 0; left--) {
            model.put(in.readUTF(), in.readUTF());
        }
        return new JobSettings(worldSize, decision.votes(votes).build(), maxTokens, model);
    }
}
