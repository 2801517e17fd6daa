package io.coxswain.coordinator.store;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.merge.MergingValue;
import com.hazelcast.spi.merge.SplitBrainMergePolicy;
import org.jspecify.annotations.Nullable;

/** Of two records of one key, made on the two sides of a cut, the one of the higher term stays. Stateless. */
public final class HigherTermWins
        implements SplitBrainMergePolicy<byte[], MergingValue<byte[]>, Object>, IdentifiedDataSerializable {

    /** For Hazelcast, which makes it by name. */
    public HigherTermWins() {}

    @Override
    public Object merge(MergingValue<byte[]> merging, @Nullable MergingValue<byte[]> existing) {
        byte[] theirs = merging.getDeserializedValue();
        byte[] ours = existing == null ? null : existing.getDeserializedValue();
        return ours == null || Records.term(theirs) > Records.term(ours) ? theirs : ours;
    }

    @Override
    public int getFactoryId() {
        return StoreSerialization.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return StoreSerialization.HIGHER_TERM_WINS;
    }

    @Override
    public void writeData(ObjectDataOutput out) {
        // It has no state.
    }

    @Override
    public void readData(ObjectDataInput in) {
        // It has no state.
    }
}
