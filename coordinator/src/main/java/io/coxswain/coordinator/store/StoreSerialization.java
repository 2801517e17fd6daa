package io.coxswain.coordinator.store;

import com.hazelcast.nio.serialization.DataSerializableFactory;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;

/** Makes what travels between the replicas, by its number. Stateless. */
final class StoreSerialization implements DataSerializableFactory {

    static final int FACTORY_ID = 0xc0c5;
    static final int CONDITIONAL_PUT = 1;
    static final int HIGHER_TERM_WINS = 2;

    @Override
    public IdentifiedDataSerializable create(int classId) {
        return switch (classId) {
            case CONDITIONAL_PUT -> new ConditionalPut();
            case HIGHER_TERM_WINS -> new HigherTermWins();
            default -> throw new IllegalArgumentException("class " + classId + " is not known here");
        };
    }
}
