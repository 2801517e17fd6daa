package io.coxswain.sim;

import io.coxswain.coordinator.core.Attachment;
import io.coxswain.coordinator.core.DecidedStep;
import io.coxswain.coordinator.core.OpaqueBytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Stands for the bytes of decisions: the number under which a decision is kept. */
final class DecisionCodec {

    private final List<DecidedStep> kept = new ArrayList<>();

    Attachment.@Nullable LastDecision lastDecision(@Nullable DecidedStep decided) {
        return decided == null
                ? null
                : new Attachment.LastDecision(decided.step(), decided.decision().action(), encode(decided));
    }

    @SuppressWarnings("ReferenceEquality") // what a coordinator decided once is one object
    private OpaqueBytes encode(DecidedStep decided) {
        for (int number = kept.size() - 1; number >= 0; number--) {
            if (kept.get(number) == decided) {
                return bytes(number);
            }
        }
        kept.add(decided);
        return bytes(kept.size() - 1);
    }

    private static OpaqueBytes bytes(int number) {
        return new OpaqueBytes(ByteBuffer.allocate(Integer.BYTES).putInt(number).array());
    }

    DecidedStep decode(OpaqueBytes encoded) {
        return kept.get(ByteBuffer.wrap(encoded.toByteArray()).getInt());
    }
}
