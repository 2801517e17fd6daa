package io.coxswain.worker.launch;

import io.coxswain.types.DurationText;
import java.time.Duration;

/** What goes to the coordinator as it is; the README and its --help say what each is for. */
public enum CoordinatorWait {
    WAIT_TIMEOUT("--wait-timeout", Duration.ofMinutes(2), "For a lost rank's successor"),
    RESTART_WINDOW("--restart-window", Duration.ofMinutes(10), "Length of the sliding window of --max-restarts"),
    HEARTBEAT_INTERVAL(
            "--heartbeat-interval",
            Duration.ofMillis(500),
            "Between two heartbeats; a third of --step-timeout at most"),
    HEARTBEAT_TIMEOUT(
            "--heartbeat-timeout",
            Duration.ofSeconds(5),
            "Silence after which a rank is lost; three intervals at least"),
    STREAM_GRACE("--stream-grace", Duration.ofMillis(200), "For a closed control stream to be opened again"),
    REATTACH_TIMEOUT(
            "--reattach-timeout",
            Duration.ofSeconds(30),
            "For the ranks to find the next of several coordinators, before they give up their epoch");

    private final String flag;
    private final Duration standard;
    private final String description;

    /** @param standard the coordinator's own default, by which flags that are given are judged */
    CoordinatorWait(String flag, Duration standard, String description) {
        this.flag = flag;
        this.standard = standard;
        this.description = description;
    }

    public String flag() {
        return flag;
    }

    Duration standard() {
        return standard;
    }

    String description() {
        return description + " (" + DurationText.format(standard) + ").";
    }
}
