package io.coxswain.worker.step;

import io.coxswain.v1.AbortAcknowledged;
import io.coxswain.v1.ControlDown;
import io.coxswain.v1.ControlUp;
import io.coxswain.v1.Refused;
import io.coxswain.v1.Term;
import io.coxswain.v1.Welcome;
import org.jspecify.annotations.Nullable;

/** What a coordinator says on the control stream, and whether this member listens to it. Owned by the event loop. */
final class ControlReceiver {

    private final SessionPorts ports;
    private final MemberProgress progress;
    private final Line line;
    /** The term under which decisions are accepted; absent before the first welcome. */
    private @Nullable Term followed;

    /** What becomes of the stream by what is said on it. */
    interface Line {
        void send(ControlUp message);

        /** A coordinator of a term that this member promises has taken it. */
        void welcomed(Welcome welcome);

        void refused(Refused refused);

        /** The job has ended, and this member knows how. */
        void jobEnded();

        /** It is of no use: another coordinator may be. */
        void detach(String reason);

        /** It is of no use, and no other would be. */
        void lost(String reason);
    }

    ControlReceiver(SessionPorts ports, MemberProgress progress, Line line) {
        this.ports = ports;
        this.progress = progress;
        this.line = line;
    }

    void receive(ControlDown down) {
        switch (down.getBodyCase()) {
            case WELCOME -> welcome(down.getWelcome());
            case REFUSED -> line.refused(down.getRefused());
            case HEARTBEAT -> underTerm(down.getHeartbeat().getTerm(), () -> null);
            case MEMBERSHIP ->
                underTerm(down.getMembership().getTerm(), () -> progress.membership(down.getMembership()));
            case COMMUNICATOR_ID -> progress.communicatorId(down.getCommunicatorId());
            case START -> underTerm(down.getStart().getTerm(), () -> started(down));
            case ABORT -> underTerm(down.getAbort().getTerm(), () -> aborted(down));
            case DRAIN_REFUSED ->
                ports.listener().onDrainRefused(down.getDrainRefused().getReason());
            case JOB_ENDED -> {
                progress.jobEnded(down.getJobEnded());
                line.jobEnded();
            }
            case BODY_NOT_SET -> {
                // A case of a later contract, which receivers ignore.
            }
        }
    }

    /** What a message of a term says, if this member listens to that term; returns what is wrong with it. */
    private interface Handler {
        @Nullable
        String handle();
    }

    private void underTerm(Term term, Handler handler) {
        if (!ports.standing().term().admit(term)) {
            line.lost(ports.standing().term().refusalOf(term));
            return;
        }
        String wrong = handler.handle();
        if (wrong != null) {
            line.lost("the coordinator sent " + wrong + ", in state "
                    + progress.view().state());
        }
    }

    private @Nullable String started(ControlDown down) {
        String wrong = progress.started(down.getStart());
        followed = down.getStart().getTerm();
        ports.standing().acceptance().thaw();
        ports.listener().onProgress();
        return wrong;
    }

    private @Nullable String aborted(ControlDown down) {
        progress.aborted(down.getAbort());
        line.send(ControlUp.newBuilder()
                .setAbortAcknowledged(
                        AbortAcknowledged.newBuilder().setEpoch(down.getAbort().getEpoch()))
                .build());
        return null;
    }

    private void welcome(Welcome welcome) {
        SessionState state = progress.view().state();
        long interval = welcome.getHeartbeatIntervalNanos();
        long timeout = welcome.getHeartbeatTimeoutNanos();
        boolean expected = state == SessionState.CONNECTING || state == SessionState.DETACHED;
        if (!expected || interval <= 0 || timeout <= interval) {
            line.lost("the coordinator sent a welcome in state " + state + " with a heartbeat interval of " + interval
                    + " ns and a timeout of " + timeout + " ns; allowed is one, with 0 < interval < timeout");
        } else if (ports.standing().term().admit(welcome.getTerm())) {
            line.welcomed(welcome);
        } else {
            line.detach(ports.standing().term().refusalOf(welcome.getTerm()));
        }
    }

    /** Acceptance goes on under the coordinator that it is bound to; under another one only when that says that the epoch goes on. */
    void follow(Term term) {
        if (followed == null) {
            followed = term;
        }
        if (followed.equals(term)) {
            ports.standing().acceptance().thaw();
        } else {
            progress.planIsOver("another coordinator reigns");
            ports.standing().acceptance().beginGeneration();
        }
    }
}
