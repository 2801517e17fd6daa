package io.coxswain.coordinator.grpc;

import com.google.protobuf.ByteString;
import io.coxswain.coordinator.core.DecisionSettings;
import io.coxswain.coordinator.core.GraphModeSetting;
import io.coxswain.coordinator.core.Hello;
import io.coxswain.coordinator.core.Input;
import io.coxswain.coordinator.core.JobSettings;
import io.coxswain.coordinator.core.Link;
import io.coxswain.coordinator.core.OpaqueBytes;
import io.coxswain.coordinator.core.Phase;
import io.coxswain.coordinator.core.RankProgress;
import io.coxswain.coordinator.core.Reducer;
import io.coxswain.coordinator.core.TermId;
import io.coxswain.coordinator.core.VoteDefinition;
import io.coxswain.v1.ControlUp;
import io.coxswain.v1.Heartbeat;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Turns a worker's control messages into the core's inputs. Stateless; refuses what is out of range with an
 * IllegalArgumentException that names field, value and what is allowed.
 */
final class ControlDecoder {

    static final int MAX_NAME_CHARACTERS = 255;
    private static final int MAX_JOB_CHARACTERS = 128;
    private static final int MAX_MODEL_ENTRIES = 64;
    private static final int MAX_MODEL_CHARACTERS = 1024;
    private static final int MAX_ID_BYTES = 1024;
    private static final int MAX_LABELS = 16;
    private static final int MAX_LABEL_KEY_CHARACTERS = 63;
    private static final int MAX_LABEL_CHARACTERS = 253;

    private ControlDecoder() {}

    static Input input(Link link, ControlUp message) {
        return switch (message.getBodyCase()) {
            case HELLO -> new Input.HelloReceived(link, hello(message.getHello()));
            case HEARTBEAT -> new Input.HeartbeatReceived(link, progress(message.getHeartbeat()));
            case COMMUNICATOR_ID ->
                new Input.CommunicatorIdReceived(
                        link,
                        StepDecoder.epoch(message.getCommunicatorId().getEpoch()),
                        communicatorId(message.getCommunicatorId().getId()));
            case PREPARED ->
                new Input.PreparedReceived(
                        link, StepDecoder.epoch(message.getPrepared().getEpoch()));
            case PREPARATION_FAILED ->
                new Input.PreparationFailed(
                        link,
                        StepDecoder.epoch(message.getPreparationFailed().getEpoch()),
                        message.getPreparationFailed().getReason());
            case ABORT_ACKNOWLEDGED ->
                new Input.AbortAcknowledged(
                        link, StepDecoder.epoch(message.getAbortAcknowledged().getEpoch()));
            case LEAVE -> new Input.LeaveReceived(link, message.getLeave().getReason());
            case COLLECTIVE_FAILED ->
                new Input.CollectiveFailed(
                        link,
                        StepDecoder.epoch(message.getCollectiveFailed().getEpoch()),
                        message.getCollectiveFailed().getReason());
            case DRAIN_WISH ->
                new Input.DrainWished(link, message.getDrainWish().getReason());
            case BODY_NOT_SET ->
                throw new IllegalArgumentException("body is not set or not known; allowed are hello, "
                        + "heartbeat, communicator_id, prepared, preparation_failed, abort_acknowledged, leave, "
                        + "collective_failed, drain_wish");
        };
    }

    private static Hello hello(io.coxswain.v1.Hello hello) {
        return new Hello(
                text("job", hello.getJob(), 1, MAX_JOB_CHARACTERS),
                StepDecoder.member(hello.getMember()),
                hello.hasPlace() ? OptionalInt.of(hello.getPlace()) : OptionalInt.empty(),
                new Hello.Origin(
                        text("host", hello.getHost(), 0, MAX_NAME_CHARACTERS),
                        hello.getPid(),
                        text("device", hello.getDevice(), 0, MAX_NAME_CHARACTERS),
                        text("collective_address", hello.getCollectiveAddress(), 0, MAX_NAME_CHARACTERS),
                        labels(hello.getLabelsMap())),
                settings(hello.getSettings()),
                StepDecoder.captured(hello.getCaptured()),
                hello.hasPromisedTerm() ? StepDecoder.term(hello.getPromisedTerm()) : TermId.NONE,
                new Hello.Standing(
                        hello.hasAttachment() ? AttachmentDecoder.attachment(hello.getAttachment()) : null,
                        StepDecoder.notNegative("highest_epoch", hello.getHighestEpoch()),
                        hello.getPredecessorEnded(),
                        numbering(hello.getAttemptSource())));
    }

    private static Map<String, String> labels(Map<String, String> labels) {
        if (labels.size() > MAX_LABELS) {
            throw new IllegalArgumentException(
                    "labels has " + labels.size() + " entries; allowed are at most " + MAX_LABELS);
        }
        labels.forEach((key, value) -> {
            text("labels key", key, 1, MAX_LABEL_KEY_CHARACTERS);
            text("labels." + key, value, 0, MAX_LABEL_CHARACTERS);
        });
        return labels;
    }

    private static Hello.Numbering numbering(io.coxswain.v1.Hello.AttemptSource source) {
        return switch (source) {
            case ATTEMPT_SOURCE_STARTER -> Hello.Numbering.BY_STARTER;
            case ATTEMPT_SOURCE_WANTED -> Hello.Numbering.WANTED;
            case ATTEMPT_SOURCE_COORDINATOR -> Hello.Numbering.BY_COORDINATOR;
            case UNRECOGNIZED -> throw notKnown("attempt_source", source);
        };
    }

    private static OpaqueBytes communicatorId(ByteString id) {
        if (id.isEmpty() || id.size() > MAX_ID_BYTES) {
            throw new IllegalArgumentException(
                    "communicator_id.id has " + id.size() + " bytes; allowed are 1 to " + MAX_ID_BYTES);
        }
        return new OpaqueBytes(id.toByteArray());
    }

    static String text(String field, String value, int min, int max) {
        if (value.length() < min || value.length() > max) {
            throw new IllegalArgumentException(
                    field + " has " + value.length() + " characters; allowed are " + min + " to " + max);
        }
        return value;
    }

    private static JobSettings settings(io.coxswain.v1.JobSettings settings) {
        List<VoteDefinition> votes = new ArrayList<>();
        for (io.coxswain.v1.VoteDefinition vote : settings.getVotesList()) {
            votes.add(new VoteDefinition(vote.getName(), reducer(vote.getReducer())));
        }
        if (settings.getModelCount() > MAX_MODEL_ENTRIES) {
            throw new IllegalArgumentException("settings.model has " + settings.getModelCount()
                    + " entries; allowed are at most " + MAX_MODEL_ENTRIES);
        }
        settings.getModelMap().forEach((name, value) -> {
            text("settings.model name", name, 1, MAX_NAME_CHARACTERS);
            text("settings.model." + name, value, 0, MAX_MODEL_CHARACTERS);
        });
        return new JobSettings(
                settings.getWorldSize(),
                new DecisionSettings(
                        settings.getCaptureSizesList(),
                        graphMode(settings.getGraphMode()),
                        settings.getMaxRequests(),
                        settings.getDecodeQueryLength(),
                        settings.getMicrobatches(),
                        settings.getDecodeThreshold(),
                        settings.getPrefillThreshold(),
                        votes),
                settings.getMaxTokensPerStep(),
                settings.getModelMap());
    }

    private static GraphModeSetting graphMode(io.coxswain.v1.JobSettings.GraphSetting setting) {
        return switch (setting) {
            case GRAPH_SETTING_NONE -> GraphModeSetting.NONE;
            case GRAPH_SETTING_PIECEWISE -> GraphModeSetting.PIECEWISE;
            case GRAPH_SETTING_FULL -> GraphModeSetting.FULL;
            case GRAPH_SETTING_FULL_DECODE_ONLY -> GraphModeSetting.FULL_DECODE_ONLY;
            case GRAPH_SETTING_FULL_AND_PIECEWISE -> GraphModeSetting.FULL_AND_PIECEWISE;
            case GRAPH_SETTING_UNSPECIFIED, UNRECOGNIZED -> throw notKnown("settings.graph_mode", setting);
        };
    }

    private static Reducer reducer(io.coxswain.v1.VoteDefinition.Reducer reducer) {
        return switch (reducer) {
            case REDUCER_MIN -> Reducer.MIN;
            case REDUCER_MAX -> Reducer.MAX;
            case REDUCER_SUM -> Reducer.SUM;
            case REDUCER_ALL -> Reducer.ALL;
            case REDUCER_ANY -> Reducer.ANY;
            case REDUCER_SAME -> Reducer.SAME;
            case REDUCER_UNSPECIFIED, UNRECOGNIZED -> throw notKnown("settings.votes.reducer", reducer);
        };
    }

    private static RankProgress progress(Heartbeat heartbeat) {
        return new RankProgress(
                heartbeat.hasLastReportedStep() ? heartbeat.getLastReportedStep() : -1,
                heartbeat.hasLastDecidedStep() ? heartbeat.getLastDecidedStep() : -1,
                phase(heartbeat.getPhase()));
    }

    private static Phase phase(io.coxswain.v1.Phase phase) {
        return switch (phase) {
            case PHASE_OUTSIDE -> Phase.OUTSIDE;
            case PHASE_REPORTED -> Phase.REPORTED;
            case PHASE_DECIDED -> Phase.DECIDED;
            case PHASE_LAUNCHED -> Phase.LAUNCHED;
            case PHASE_DONE -> Phase.DONE;
            case PHASE_UNSPECIFIED, UNRECOGNIZED -> throw notKnown("heartbeat.phase", phase);
        };
    }

    static IllegalArgumentException notKnown(String field, Enum<?> value) {
        return new IllegalArgumentException(field + " is " + value + "; allowed are the named values of "
                + value.getDeclaringClass().getSimpleName() + " but the unspecified one");
    }
}
