package io.coxswain.worker.launch;

import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A worker of a user's own, which knows nothing of flags: it says what it was given, and ends or stays as its first argument says. */
final class StubOwnWorker {
    private StubOwnWorker() {}

    public static void main(String[] arguments) {
        System.out.println("rank " + System.getenv("RANK") + " of " + System.getenv("WORLD_SIZE") + " in "
                + System.getenv("COXSWAIN_JOB") + " by " + System.getenv("COXSWAIN_COORDINATOR") + " was told "
                + List.of(arguments));
        if (arguments[0].equals("stay")) {
            System.err.println("ready");
            while (true) {
                LockSupport.park();
            }
        }
        System.exit(Integer.parseInt(arguments[0]));
    }
}
