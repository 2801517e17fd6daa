package io.coxswain.worker.launch;

import io.coxswain.v1.MembersUpdate;
import io.coxswain.worker.feed.FeedListener;
import io.coxswain.worker.report.Executed;
import io.coxswain.worker.report.Workload;
import java.io.IOException;

/** Port: where the job's requests come from, read and checked before anything starts. */
public interface RequestSource {

    /** Makes a source of what the user asked for. */
    interface Factory {
        /**
         * Called once, on the launcher's thread, before any process starts; may block on the file.
         *
         * @throws IllegalArgumentException when the trace is refused; the message names file, line and reason
         * @throws IOException when the file cannot be read
         */
        RequestSource open(LaunchConfig.TraceSelection selection) throws IOException;
    }

    /** What has to be executed. Never blocks. */
    Workload workload();

    /**
     * Starts to serve the requests to the job's ranks. Called once, on the launcher's thread; blocks no longer than binding a port takes.
     *
     * @throws IOException when the address cannot be bound
     */
    Host serve(LaunchConfig config, FeedListener listener) throws IOException;

    /** The running feed. Closing it ends its server; it never throws. */
    interface Host extends AutoCloseable {
        /** HOST:PORT that the workers pull from. */
        String address();

        /** Who holds which place by the coordinator's word: what those hold that are gone is handed out again. */
        void membersChanged(MembersUpdate update);

        /** What was executed and counted by now. */
        Executed executed();

        @Override
        void close();
    }
}
