package io.coxswain.coordinator.grpc;

import io.coxswain.coordinator.engine.Engine;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;

/** One reign's engine, and all streams that were opened under it. Owned by the event loop. */
final class LeaderDesk {

    private final Engine engine;
    private final MemberWatchers watchers;
    private final Set<ServerLink<?>> open = new LinkedHashSet<>();

    LeaderDesk(Engine engine, MemberWatchers watchers) {
        this.engine = engine;
        this.watchers = watchers;
    }

    Engine engine() {
        return engine;
    }

    MemberWatchers watchers() {
        return watchers;
    }

    /** A stream that ends with the reign at the latest. */
    void opened(ServerLink<?> link) {
        open.add(link);
        link.onEnd(() -> open.remove(link));
    }

    /** Ends the reign: nothing that still comes reaches its engine. */
    void close(Status why) {
        engine.close();
        new ArrayList<>(open).forEach(link -> link.fail(why));
        watchers.close(why);
    }
}
