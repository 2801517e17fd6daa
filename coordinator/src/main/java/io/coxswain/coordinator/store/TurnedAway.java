package io.coxswain.coordinator.store;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.core.LifecycleListener;
import com.hazelcast.logging.LogEvent;
import com.hazelcast.logging.LogListener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Level;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who has turned this member away because its cluster has another name. Hazelcast then goes on alone and says so nowhere but
 * in its log, which is therefore listened to. Thread-safe.
 */
final class TurnedAway implements LifecycleListener, HazelcastInstanceAware, LogListener {

    private static final Pattern TEXT = Pattern.compile("\\[(.+)]:(\\d+).*different cluster-name", Pattern.DOTALL);

    private final List<String> by = new CopyOnWriteArrayList<>();
    private volatile @Nullable HazelcastInstance hazelcast;

    @Override
    public void setHazelcastInstance(HazelcastInstance instance) {
        hazelcast = instance;
    }

    @Override
    public void stateChanged(LifecycleEvent event) {
        HazelcastInstance instance = hazelcast;
        if (event.getState() == LifecycleEvent.LifecycleState.STARTING && instance != null) {
            instance.getLoggingService().addLogListener(Level.WARNING, this);
        }
    }

    @Override
    public void log(LogEvent event) {
        String message = event.getLogRecord().getMessage();
        Matcher matcher = TEXT.matcher(message == null ? "" : message);
        if (matcher.find()) {
            by.add(matcher.group(1) + ":" + matcher.group(2));
        }
    }

    /** host:port of each. */
    List<String> by() {
        return by;
    }
}
