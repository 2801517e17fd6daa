package io.coxswain.coordinator.store;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;

/**
 * Writes a record where its condition holds, and says what is there afterwards. Runs on the thread of the key's partition,
 * on its owner and its backups alike.
 */
final class ConditionalPut implements EntryProcessor<String, byte[], byte[]>, IdentifiedDataSerializable {

    private static final long serialVersionUID = 1L;

    /** When a record is written. */
    enum Condition {
        /** The record that is there begins like this; an absent one like {@link Records#NO_LEASE}. */
        BEGINS_WITH,
        /** The record that is there is of no higher term. */
        NOT_OLDER
    }

    private Condition condition = Condition.NOT_OLDER;
    private byte[] beginning = {};
    private byte[] next = {};

    /** For deserialization. */
    ConditionalPut() {}

    private ConditionalPut(Condition condition, byte[] beginning, byte[] next) {
        this.condition = condition;
        this.beginning = beginning;
        this.next = next;
    }

    static ConditionalPut ifItBeginsWith(byte[] beginning, byte[] next) {
        return new ConditionalPut(Condition.BEGINS_WITH, beginning, next);
    }

    static ConditionalPut ifNotOlder(byte[] next) {
        return new ConditionalPut(Condition.NOT_OLDER, new byte[0], next);
    }

    @Override
    public byte[] process(Map.Entry<String, byte[]> entry) {
        byte[] there = entry.getValue();
        boolean holds = switch (condition) {
            case BEGINS_WITH -> Records.beginsWith(there == null ? Records.NO_LEASE : there, beginning);
            case NOT_OLDER -> there == null || Records.term(next) >= Records.term(there);
        };
        if (!holds) {
            return there == null ? Records.NO_LEASE : there;
        }
        entry.setValue(next);
        return next;
    }

    @Override
    public int getFactoryId() {
        return StoreSerialization.FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return StoreSerialization.CONDITIONAL_PUT;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeString(condition.name());
        out.writeByteArray(beginning);
        out.writeByteArray(next);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        condition = Condition.valueOf(Objects.requireNonNull(in.readString()));
        beginning = Objects.requireNonNull(in.readByteArray());
        next = Objects.requireNonNull(in.readByteArray());
    }
}
