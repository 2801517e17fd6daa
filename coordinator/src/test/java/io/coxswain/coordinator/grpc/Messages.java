package io.coxswain.coordinator.grpc;

import io.coxswain.v1.CapturedSet;
import io.coxswain.v1.ControlUp;
import io.coxswain.v1.Epoch;
import io.coxswain.v1.Hello;
import io.coxswain.v1.JobSettings;
import io.coxswain.v1.Leave;
import io.coxswain.v1.Member;
import io.coxswain.v1.Prepared;
import io.coxswain.v1.StepOpen;
import io.coxswain.v1.StepReport;
import io.coxswain.v1.StepUp;
import io.coxswain.v1.Term;
import io.coxswain.v1.VoteDefinition;

/** What the tests' workers say. */
final class Messages {

    static final Term TERM = ControlEncoder.term(ServerWorld.TERM);

    private Messages() {}

    static Member member(int place) {
        return Member.newBuilder().setId(100 + place).build();
    }

    static ControlUp hello(int place) {
        return up(helloOf(place));
    }

    static ControlUp up(Hello.Builder hello) {
        return ControlUp.newBuilder().setHello(hello).build();
    }

    static Hello.Builder helloOf(int place) {
        return Hello.newBuilder()
                .setJob(ServerWorld.JOB)
                .setMember(member(place))
                .setPlace(place)
                .setHost("node" + place)
                .setPid(4000 + place)
                .setDevice("cpu")
                .setCollectiveAddress("127.0.0.1:" + (5000 + place))
                .setSettings(settings())
                .setCaptured(CapturedSet.newBuilder().setAll(true));
    }

    static JobSettings.Builder settings() {
        return JobSettings.newBuilder()
                .setWorldSize(2)
                .addCaptureSizes(4)
                .addCaptureSizes(8)
                .setGraphMode(JobSettings.GraphSetting.GRAPH_SETTING_FULL_AND_PIECEWISE)
                .setMaxRequests(16)
                .setDecodeQueryLength(1)
                .setMicrobatches(1)
                .setDecodeThreshold(32)
                .setPrefillThreshold(512)
                .setMaxTokensPerStep(ServerWorld.MAX_TOKENS)
                .addVotes(
                        VoteDefinition.newBuilder().setName("finished").setReducer(VoteDefinition.Reducer.REDUCER_ALL));
    }

    static ControlUp prepared(Epoch epoch) {
        return ControlUp.newBuilder()
                .setPrepared(Prepared.newBuilder().setEpoch(epoch))
                .build();
    }

    static ControlUp leave() {
        return ControlUp.newBuilder()
                .setLeave(Leave.newBuilder().setReason("told to"))
                .build();
    }

    static StepUp open(int place, Epoch epoch) {
        return up(openOf(place, epoch));
    }

    static StepUp up(StepOpen.Builder open) {
        return StepUp.newBuilder().setOpen(open).build();
    }

    static StepOpen.Builder openOf(int place, Epoch epoch) {
        return StepOpen.newBuilder()
                .setJob(ServerWorld.JOB)
                .setMember(member(place))
                .setPlace(place)
                .setEpoch(epoch)
                .setSession(1);
    }

    /** A decode batch: so many requests of one token each. */
    static StepUp report(Epoch epoch, long step, int tokens) {
        return up(reportOf(epoch, step, tokens));
    }

    static StepUp up(StepReport.Builder report) {
        return StepUp.newBuilder().setReport(report).build();
    }

    static StepReport.Builder reportOf(Epoch epoch, long step, int tokens) {
        StepReport.Builder report = StepReport.newBuilder()
                .setTerm(TERM)
                .setEpoch(epoch)
                .setStep(step)
                .setNumTokens(tokens)
                .setNumRequests(tokens)
                .addVotes(0);
        return tokens == 0 ? report : report.setUniformTokenCount(1);
    }
}
