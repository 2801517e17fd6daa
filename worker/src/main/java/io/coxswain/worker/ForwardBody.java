package io.coxswain.worker;

import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.runner.ForwardLoop;
import io.coxswain.worker.runner.Model;
import io.coxswain.worker.runner.RankStatistics;
import io.coxswain.worker.step.GroupMembership;
import io.coxswain.worker.step.StepStream;

/** The forward loop over a model and a feed of requests. Forward thread only. */
record ForwardBody(EpochLoop.Work work, RankStatistics statistics) implements EpochBody {

    @Override
    public Model.Attachment attach(Communicator communicator) {
        return work.model().attach(communicator);
    }

    @Override
    public ForwardLoop.End run(GroupMembership group, Communicator communicator, StepStream steps) {
        var parts = new ForwardLoop.Parts(steps, work.feed(), work.batcher(), work.model(), work.log(), work.phases());
        return new ForwardLoop(group.rank(), parts, statistics, System::nanoTime).run();
    }
}
