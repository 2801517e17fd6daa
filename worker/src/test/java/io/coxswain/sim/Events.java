package io.coxswain.sim;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** Virtual time, and what happens in it: in the order of time, and of two at the same time the one planned first. */
final class Events {

    private final PriorityQueue<Event> queue = new PriorityQueue<>(256);
    private long sequence;
    private long nowNanos;

    private record Event(long nanos, long number, @Nullable SimProcess owner, Runnable action)
            implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(nanos, other.nanos);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    long now() {
        return nowNanos;
    }

    /** Plans something that happens in the world, whatever becomes of any process. */
    void at(long nanos, Runnable action) {
        queue.add(new Event(nanos, sequence++, null, action));
    }

    /** Plans something that a process does; one that is frozen by then does it later, one that has ended never. */
    void at(long nanos, SimProcess owner, Runnable action) {
        queue.add(new Event(nanos, sequence++, owner, action));
    }

    /** Lets the next event happen; there always is one, since the world's audit plans itself again. */
    void next() {
        Event event = queue.remove();
        nowNanos = event.nanos;
        SimProcess owner = event.owner;
        if (owner == null) {
            event.action.run();
        } else {
            owner.take(event.action);
        }
    }
}
