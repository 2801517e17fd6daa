package io.coxswain.worker;

import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.device.Device;
import io.coxswain.worker.runner.ForwardLoop;
import io.coxswain.worker.runner.Model;
import io.coxswain.worker.step.AgreedStep;
import io.coxswain.worker.step.GroupMembership;
import io.coxswain.worker.step.PhaseBoard;
import io.coxswain.worker.step.StepFacts;
import io.coxswain.worker.step.StepStream;
import java.time.Duration;
import java.util.List;

/** The step loop over a program of one's own. Forward thread only. */
record ProgramBody(RankProgram program, Device device, PhaseBoard phases) implements EpochBody {

    private static final Duration ASK_AGAIN = Duration.ofMillis(50);

    @Override
    public Model.Attachment attach(Communicator communicator) {
        return () -> {};
    }

    @Override
    public ForwardLoop.End run(GroupMembership group, Communicator communicator, StepStream steps) {
        program.begin(new RankGroup(group.number(), group.rank(), group.worldSize(), communicator, device));
        while (true) {
            Batch batch = program.next();
            int revision = 0;
            steps.report(facts(batch));
            AgreedStep agreed = steps.await(() -> false, ASK_AGAIN);
            while (agreed == null) {
                if (batch.tokens() == 0) {
                    Batch now = program.next();
                    if (!now.equals(batch)) {
                        batch = now;
                        revision++;
                        steps.replace(facts(batch));
                    }
                }
                agreed = steps.await(() -> false, ASK_AGAIN);
            }
            switch (agreed.action()) {
                case RUN -> run(agreed, agreed.revision(group.rank()) == revision ? batch : Batch.NONE, steps);
                case IDLE -> {}
                case STOP -> {
                    return ForwardLoop.End.STOPPED;
                }
                case RECONFIGURE -> {
                    return ForwardLoop.End.RECONFIGURED;
                }
                case CAPTURE ->
                    throw new IllegalStateException("a CAPTURE step, though this worker has said that it needs none");
            }
        }
    }

    private void run(AgreedStep step, Batch batch, StepStream steps) {
        phases.launched();
        program.run(step, batch);
        phases.done();
        steps.requireGoingOn();
        program.done(step, batch);
    }

    private static StepFacts facts(Batch batch) {
        long finished = batch.outlook() == Batch.Outlook.FINISHED ? 1 : 0;
        return new StepFacts(
                batch.tokens(), batch.requests(), batch.uniformTokens(), false, false, 0, List.of(finished));
    }
}
