package io.coxswain.coordinator.engine;

import io.coxswain.coordinator.core.Attachment;
import io.coxswain.coordinator.core.ControlMessage;
import io.coxswain.coordinator.core.DecidedStep;
import io.coxswain.coordinator.core.Effect.CloseStep.CloseKind;
import io.coxswain.coordinator.core.Effect.MembersChanged.PlaceMember;
import io.coxswain.coordinator.core.Link;
import io.coxswain.coordinator.core.RestartVerdict;
import io.coxswain.coordinator.core.StepRefusal;
import io.coxswain.coordinator.core.TermId;
import java.util.List;

/**
 * How the engine speaks to workers. Called on the engine's thread only; nothing here may block, and a stream that is gone
 * is no error: its closing is reported as an input.
 */
public interface Transport {

    /** Says something on a control stream. */
    void send(Link control, ControlMessage message);

    /** Closes a control stream well, after what was said on it. */
    void close(Link control);

    /** Sends one decision, encoded once, to all the streams. */
    void send(List<Link> streams, DecidedStep decided);

    /** Sends a decision that an earlier coordinator made, as it was, under this term. */
    void resend(Link stream, TermId term, Attachment.LastDecision decision);

    /** Answers whoever reported the end of a worker's process. */
    void answer(Link asker, RestartVerdict verdict);

    /** Answers whoever wants a rank to leave; an empty refusal says that it will. */
    void answer(Link asker, String refusal);

    /** Tells all who watch the members. */
    void publish(List<PlaceMember> places);

    /** Refuses a report. */
    void refuse(Link stream, TermId term, StepRefusal refusal);

    /** Closes a step stream. */
    void close(Link stream, CloseKind kind, String reason);
}
