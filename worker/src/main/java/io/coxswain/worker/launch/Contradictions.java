package io.coxswain.worker.launch;

import java.util.ArrayList;
import java.util.List;

/** Which of the flags that were given contradict each other. Pure. */
final class Contradictions {
    private static final List<String> OF_THE_HOSTS =
            List.of("--nnodes", "--nproc-per-node", "--node-rank", "--standalone", "--bind", "--advertise-address");

    private final Given given;
    private final List<String> found = new ArrayList<>();

    private Contradictions(Given given) {
        this.given = given;
    }

    /** One message for each, naming both flags; empty: there is none. */
    static List<String> find(Given given) {
        Contradictions contradictions = new Contradictions(given);
        contradictions.ofOneHost();
        contradictions.ofRemoteHosts();
        contradictions.ofLogs();
        contradictions.ofLosses();
        contradictions.ofWorkers();
        return List.copyOf(contradictions.found);
    }

    private void ofOneHost() {
        if (!given.has("--standalone")) {
            return;
        }
        if (given.has("--nnodes") && !given.text("--nnodes").equals("1")) {
            found.add("--standalone contradicts --nnodes " + given.text("--nnodes") + "; alone means --nnodes 1");
        }
        if (given.has("--node-rank") && !given.text("--node-rank").equals("0")) {
            found.add("--standalone contradicts --node-rank " + given.text("--node-rank") + "; alone means node 0");
        }
        if (given.has("--rdzv-endpoint")) {
            found.add("--standalone contradicts --rdzv-endpoint: one host alone has nobody to meet");
        }
    }

    private void ofRemoteHosts() {
        boolean remote = given.hasAny("--hosts", "--hostfile");
        if (given.has("--hosts") && given.has("--hostfile")) {
            found.add("--hosts contradicts --hostfile; allowed is one of them");
        }
        String which = given.has("--hosts") ? "--hosts" : "--hostfile";
        for (String flag : OF_THE_HOSTS) {
            if (remote && given.has(flag)) {
                found.add(flag + " contradicts " + which + ", which says it for each host");
            }
        }
        for (String flag : List.of("--ssh-command", "--remote-home")) {
            if (!remote && given.has(flag)) {
                found.add(flag + " is of use only with --hosts or --hostfile");
            }
        }
        if (remote && given.has("--lifeline")) {
            found.add("--lifeline contradicts " + which + ": it is for the launchers that this one starts");
        }
    }

    private void ofLogs() {
        for (String flag : List.of("--redirects", "--tee")) {
            if (given.has(flag) && !given.has("--log-dir") && !given.text(flag).equals("0")) {
                found.add(flag + " " + given.text(flag) + " needs --log-dir, where the files are to lie");
            }
        }
    }

    private void ofLosses() {
        if (given.onLoss() == OnLoss.FAIL
                && given.has("--max-restarts")
                && !given.text("--max-restarts").equals("0")) {
            found.add("--max-restarts " + given.text("--max-restarts")
                    + " contradicts --on-loss fail, with which nothing is restarted; allowed is 0, or --on-loss wait or"
                    + " shrink");
        }
    }

    private void ofWorkers() {
        if (!given.has("--worker-main")) {
            if (given.has("--worker-classpath")) {
                found.add("--worker-classpath needs --worker-main, the class to run from there");
            }
            if (given.hasArguments()) {
                found.add("arguments after the flags need --worker-main, whose they are");
            }
            return;
        }
        List<String> ours = new ArrayList<>(List.of("--verify", "--step-log"));
        for (WorkerOption option : WorkerOption.values()) {
            ours.add(option.flag());
        }
        for (String flag : ours) {
            if (given.has(flag)) {
                found.add(flag
                        + " contradicts --worker-main, which does not know it; what follows -- goes to that class");
            }
        }
    }
}
