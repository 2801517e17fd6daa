package io.coxswain.sim;

import io.coxswain.coordinator.core.Attachment;
import io.coxswain.coordinator.core.ControlMessage;
import io.coxswain.coordinator.core.Effect.MembersChanged.PlaceMember;
import io.coxswain.coordinator.core.EpochId;
import io.coxswain.coordinator.core.TermId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Watches what one coordinator says. */
final class CoordinatorWatch {

    private final SimCoordinator coordinator;
    private final Set<Long> lost = new HashSet<>();
    private final Map<Long, Attachment> broughtAlong = new HashMap<>();
    private final Map<Long, SimWorker> workers = new HashMap<>();
    private final Map<Integer, Integer> attempts = new HashMap<>();
    private final Set<EpochId> inherited = new HashSet<>();

    CoordinatorWatch(SimCoordinator coordinator) {
        this.coordinator = coordinator;
    }

    void membersChanged(List<PlaceMember> members) {
        for (PlaceMember member : members) {
            if (!member.isLive()) {
                lost.add(member.member().id());
            }
        }
    }

    /** A member said hello: what it brings along now counts, for it may have been with another coordinator since it came first. */
    void hello(SimWorker worker, @Nullable Attachment attachment) {
        workers.put(worker.member().id(), worker);
        if (attachment != null) {
            broughtAlong.put(worker.member().id(), attachment);
        }
    }

    void says(SimWorker worker, ControlMessage message) {
        if (message instanceof ControlMessage.Welcome) {
            welcomes(worker);
        } else if (message instanceof ControlMessage.Start start) {
            starts(start);
        }
    }

    private void welcomes(SimWorker worker) {
        int attempt = worker.member().attempt();
        int before = attempts.getOrDefault(worker.place(), 0);
        if (lost.contains(worker.member().id()) || attempt < before) {
            throw new Violation(
                    Invariant.LOST_STAYS_OUT,
                    coordinator + " welcomes " + worker + "; its place had attempt " + before + " before");
        }
        attempts.put(worker.place(), attempt);
    }

    private void starts(ControlMessage.Start start) {
        TermId creator = start.epoch().creatingTerm();
        if (creator.equals(coordinator.term()) || !inherited.add(start.epoch())) {
            return;
        }
        for (ControlMessage.RankInfo rank : ranksOf(start)) {
            Attachment attachment = broughtAlong.get(rank.member().id());
            if (attachment == null
                    || !attachment.epoch().equals(start.epoch())
                    || attachment.state() != Attachment.State.RUNNING) {
                throw new Violation(
                        Invariant.WHOLE_INHERITANCE,
                        coordinator + " goes on with epoch " + start.epoch() + " without " + rank.member()
                                + " of place " + rank.place());
            }
            requirePromisedAsRunning(start.epoch(), rank);
        }
    }

    private void requirePromisedAsRunning(EpochId epoch, ControlMessage.RankInfo rank) {
        SimWorker worker = workers.get(rank.member().id());
        if (worker == null || worker.control().hadLeftWhenPromised(coordinator.term(), epoch)) {
            throw new Violation(
                    Invariant.WHOLE_INHERITANCE,
                    coordinator + " goes on with epoch " + epoch + ", on which " + rank.member() + " of place "
                            + rank.place() + " had stopped working when it promised the term");
        }
    }

    private List<ControlMessage.RankInfo> ranksOf(ControlMessage.Start start) {
        for (Attachment attachment : broughtAlong.values()) {
            if (attachment.epoch().equals(start.epoch())) {
                return attachment.ranks();
            }
        }
        throw new Violation(
                Invariant.WHOLE_INHERITANCE, coordinator + " starts epoch " + start.epoch() + ", which nobody brought");
    }
}
