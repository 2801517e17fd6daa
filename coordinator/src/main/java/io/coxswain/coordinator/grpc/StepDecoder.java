package io.coxswain.coordinator.grpc;

import io.coxswain.coordinator.core.CapturedSet;
import io.coxswain.coordinator.core.EpochId;
import io.coxswain.coordinator.core.GraphKey;
import io.coxswain.coordinator.core.MemberId;
import io.coxswain.coordinator.core.RankFacts;
import io.coxswain.coordinator.core.StepReport;
import io.coxswain.coordinator.core.TermId;
import io.coxswain.v1.CapturedGraph;
import io.coxswain.v1.Epoch;
import io.coxswain.v1.Member;
import io.coxswain.v1.Term;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns what both services share, and reports, into the core's values. Stateless; every method refuses what is out of
 * range with an IllegalArgumentException that names field, value and what is allowed.
 */
final class StepDecoder {

    private static final int MAX_CAPTURED_GRAPHS = 4096;

    private StepDecoder() {}

    static TermId term(Term term) {
        return new TermId(term.getNumber(), term.getCoordinatorId());
    }

    static long notNegative(String field, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(
                    field + " is " + Long.toUnsignedString(value) + "; allowed are 0 to " + Long.MAX_VALUE);
        }
        return value;
    }

    static EpochId epoch(Epoch epoch) {
        return new EpochId(term(epoch.getCreatingTerm()), epoch.getNumber());
    }

    static MemberId member(Member member) {
        return new MemberId(member.getId(), member.getAttempt());
    }

    static StepReport report(io.coxswain.v1.StepReport report) {
        return new StepReport(
                term(report.getTerm()),
                epoch(report.getEpoch()),
                report.getStep(),
                report.getRevision(),
                facts(report),
                report.hasCaptured() ? captured(report.getCaptured()) : null);
    }

    private static RankFacts facts(io.coxswain.v1.StepReport report) {
        long[] votes = new long[report.getVotesCount()];
        for (int i = 0; i < votes.length; i++) {
            votes[i] = report.getVotes(i);
        }
        return new RankFacts(
                report.getNumTokens(),
                report.getNumRequests(),
                report.hasUniformTokenCount() ? report.getUniformTokenCount() : RankFacts.NOT_UNIFORM,
                report.getAllowMicrobatches(),
                report.getEager(),
                report.getActiveLoras(),
                votes);
    }

    static CapturedSet captured(io.coxswain.v1.CapturedSet captured) {
        if (captured.getAll()) {
            return CapturedSet.ALL;
        }
        if (captured.getGraphsCount() > MAX_CAPTURED_GRAPHS) {
            throw new IllegalArgumentException("captured.graphs has " + captured.getGraphsCount()
                    + " entries; allowed are at most " + MAX_CAPTURED_GRAPHS);
        }
        List<GraphKey> graphs = new ArrayList<>();
        for (CapturedGraph graph : captured.getGraphsList()) {
            graphs.add(Graphs.key(graph));
        }
        return CapturedSet.of(graphs);
    }
}
