package io.coxswain.worker;

import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.runner.ForwardLoop;
import io.coxswain.worker.runner.Model;
import io.coxswain.worker.step.GroupMembership;
import io.coxswain.worker.step.StepStream;

/** What a member does in an epoch, whatever it computes. Forward thread only. */
interface EpochBody {

    /** Makes itself ready, before the ranks start together. The communicator is connected and stays the caller's. */
    Model.Attachment attach(Communicator communicator);

    /** Goes from step to step until one ends the epoch. What it throws ends the epoch, too. */
    ForwardLoop.End run(GroupMembership group, Communicator communicator, StepStream steps);
}
