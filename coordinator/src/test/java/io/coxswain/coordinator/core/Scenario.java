package io.coxswain.coordinator.core;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * Plays a scenario file against a group and writes down what comes out. A line that begins with a time is an input, a line
 * that begins with an arrow is an effect, all others are comment:
 *
 * <pre>
 * 0.5 hello 1
 *   -> control 1: welcome to place 1
 * </pre>
 */
final class Scenario {

    private static final double NANOS_PER_SECOND = 1e9;

    private final EffectText text = new EffectText();
    private final List<String> transcript = new ArrayList<>();
    private final Map<Integer, TestLink> controls = new HashMap<>();
    private final Map<Integer, TestLink> streams = new HashMap<>();
    private final int worldSize;
    private final TermId term;
    private final Group group;

    private Scenario(Map<String, String> settings) {
        this.worldSize = Integer.parseInt(setting(settings, "world"));
        this.term = new TermId(Long.parseLong(settings.getOrDefault("term", "1")), 0xc0);
        OnLoss onLoss = OnLoss.valueOf(settings.getOrDefault("policy", "FAIL"));
        int all = onLoss == OnLoss.SHRINK ? 1 : worldSize;
        this.group = new Group(
                new GroupConfig(
                        "job",
                        worldSize,
                        new GroupConfig.Timeouts(
                                nanos(300),
                                nanos(60),
                                nanos(60),
                                nanos(10),
                                nanos(0.5),
                                nanos(5),
                                nanos(0.2),
                                nanos(120),
                                nanos(10)),
                        new GroupConfig.Resilience(
                                onLoss,
                                Integer.parseInt(settings.getOrDefault("min", String.valueOf(all))),
                                GroupConfig.Coordinators.valueOf(settings.getOrDefault("coordinators", "SINGLE")),
                                new GroupConfig.RestartLimits(
                                        Integer.parseInt(settings.getOrDefault("restarts", "10")), nanos(600), 3))),
                term,
                memory(settings),
                0);
    }

    /** "remembered 3 attempt 1": of three epochs, the last with that attempt at place 0. */
    private static JobMemory memory(Map<String, String> settings) {
        if (!settings.containsKey("remembered")) {
            return JobMemory.NONE;
        }
        long epochs = Long.parseLong(setting(settings, "remembered"));
        List<JobMemory.PlaceMemory> places = settings.containsKey("attempt")
                ? List.of(new JobMemory.PlaceMemory(
                        0, new MemberId(100, Integer.parseInt(setting(settings, "attempt"))), -1, -1, 0))
                : List.of();
        return new JobMemory(
                null, epochs, new JobMemory.EpochCounts(epochs, 0), new JobMemory.SpentRestarts(0, List.of()), places);
    }

    /** The file's inputs and comments, with the effects that a group really has. */
    static String replay(String file) {
        Scenario scenario = new Scenario(settings(file));
        for (String line : file.lines().toList()) {
            if (!line.startsWith("  -> ") && !line.startsWith("(at ")) {
                scenario.play(line);
            }
        }
        return String.join("\n", scenario.transcript) + "\n";
    }

    /** The line "world 3 policy SHRINK min 2": names and values in turn. */
    private static Map<String, String> settings(String file) {
        String line = file.lines()
                .filter(l -> l.startsWith("world "))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("a scenario needs a line 'world N'"));
        List<String> words = Arrays.asList(line.split(" +", -1));
        Map<String, String> settings = new HashMap<>();
        for (int i = 0; i + 1 < words.size(); i += 2) {
            settings.put(words.get(i), words.get(i + 1));
        }
        return settings;
    }

    private static String setting(Map<String, String> settings, String name) {
        return Objects.requireNonNull(settings.get(name), name);
    }

    private void play(String line) {
        if (line.isEmpty() || !Character.isDigit(line.charAt(0))) {
            transcript.add(line);
            return;
        }
        List<String> words = Arrays.asList(line.split(" +"));
        long now = nanos(Double.parseDouble(words.get(0)));
        ticksBefore(now);
        transcript.add(line);
        if (words.get(1).equals("status")) {
            text.status(group.snapshot(now)).forEach(this::arrow);
            return;
        }
        group.handle(input(words.subList(1, words.size())), now).forEach(this::write);
    }

    /** Ticks come when the group asked for them; those without a visible effect are not written down. */
    private void ticksBefore(long now) {
        while (group.nextTickNanos() < now && !group.state().isEnd()) {
            long due = group.nextTickNanos();
            if (text.isPaused()) {
                return;
            }
            List<Effect> effects = List.copyOf(group.handle(new Input.Tick(), due));
            List<Effect> visible = effects.stream().filter(text::isWorthALine).toList();
            if (!visible.isEmpty()) {
                transcript.add(String.format(java.util.Locale.ROOT, "(at %.3f)", due / NANOS_PER_SECOND));
                visible.forEach(this::write);
            }
        }
    }

    private void write(Effect effect) {
        if (text.isWorthALine(effect)) {
            arrow(text.of(effect));
        }
    }

    private void arrow(String what) {
        transcript.add("  -> " + what);
    }

    private Input input(List<String> words) {
        String verb = words.get(0);
        if (verb.equals("tick") || verb.equals("pause")) {
            text.pause(verb.equals("pause"));
            return new Input.Tick();
        }
        int place = Integer.parseInt(words.get(1));
        Map<String, String> values = values(words.subList(2, words.size()));
        EpochId epoch = epoch(values);
        TestLink control = linkOf(controls, place);
        return switch (verb) {
            case "hello" ->
                new Input.HelloReceived(
                        newControl(Integer.parseInt(values.getOrDefault("via", String.valueOf(place)))),
                        hello(place, values));
            case "beat" -> new Input.HeartbeatReceived(control, progress(values));
            case "id" -> new Input.CommunicatorIdReceived(control, epoch, new OpaqueBytes(new byte[] {1, 2, 3}));
            case "prepared" -> new Input.PreparedReceived(control, epoch);
            case "unprepared" -> new Input.PreparationFailed(control, epoch, reason(values));
            case "ack" -> new Input.AbortAcknowledged(control, epoch);
            case "broken" -> new Input.CollectiveFailed(control, epoch, reason(values));
            case "drain" -> new Input.DrainWished(control, reason(values));
            case "send-away" -> new Input.DrainRequested(new TestLink("operator"), place, reason(values));
            case "leave" -> new Input.LeaveReceived(control, reason(values));
            case "close" -> new Input.ControlClosed(control, reason(values));
            case "open" -> opened(place, epoch, values);
            case "report" -> new Input.ReportReceived(linkOf(streams, place), place, report(epoch, values));
            case "exit" ->
                new Input.MemberExited(
                        new TestLink("launcher"),
                        place,
                        Integer.parseInt(values.getOrDefault("attempt", "0")),
                        reason(values));
            default -> throw new IllegalArgumentException("no input is called " + verb);
        };
    }

    /** Inputs of a place that has no stream come on one that the group has never seen. */
    private static TestLink linkOf(Map<Integer, TestLink> links, int place) {
        return links.getOrDefault(place, new TestLink("no stream of " + place));
    }

    private TestLink newControl(int place) {
        TestLink link = new TestLink("control " + place);
        controls.put(place, link);
        return link;
    }

    private Input opened(int place, EpochId epoch, Map<String, String> values) {
        TestLink link = new TestLink("stream " + place);
        streams.put(place, link);
        int session = Integer.parseInt(values.getOrDefault("session", "1"));
        return new Input.StepOpened(link, "job", place, member(place, values), epoch, session);
    }

    private static String reason(Map<String, String> values) {
        return values.getOrDefault("because", "no reason").replace('_', ' ');
    }

    private static MemberId member(int place, Map<String, String> values) {
        return new MemberId(
                Long.parseLong(values.getOrDefault("member", String.valueOf(100 + place))),
                Integer.parseInt(values.getOrDefault("attempt", "0")));
    }

    private Hello hello(int place, Map<String, String> values) {
        DecisionSettings decision = new DecisionSettings(
                DecisionSettings.defaults().captureSizes(),
                GraphModeSetting.FULL_AND_PIECEWISE,
                256,
                Integer.parseInt(values.getOrDefault("q", "1")),
                1,
                32,
                512,
                List.of(new VoteDefinition(VoteDefinition.FINISHED, Reducer.ALL)));
        int world = Integer.parseInt(values.getOrDefault("world", String.valueOf(worldSize)));
        return new Hello(
                values.getOrDefault("job", "job"),
                member(place, values),
                OptionalInt.of(place),
                new Hello.Origin("host-" + (char) ('a' + place), 4000 + place, "cpu", "host:" + (7000 + place)),
                new JobSettings(world, decision, 2048, Map.of("seed", values.getOrDefault("seed", "0"))),
                CapturedSet.ALL,
                new TermId(
                        Long.parseLong(values.getOrDefault("promised", "0")),
                        values.containsKey("promised") ? 0xc0 : 0),
                new Hello.Standing(
                        values.containsKey("in") ? attachment(values) : null,
                        Long.parseLong(values.getOrDefault("heard", "0")),
                        values.containsKey("after")));
    }

    /** The epoch of a message: of this term, unless it says of which. */
    private EpochId epoch(Map<String, String> values) {
        long of = Long.parseLong(values.getOrDefault("of", String.valueOf(term.number())));
        return new EpochId(new TermId(of, 0xc0), Long.parseLong(values.getOrDefault("epoch", "1")));
    }

    /** "in=RUNNING of=1 epoch=2 members=0,1 decided=7 action=RUN": where a member comes from. */
    private Attachment attachment(Map<String, String> values) {
        List<ControlMessage.RankInfo> ranks = Arrays.stream(
                        values.getOrDefault("members", "").split(","))
                .map(Integer::parseInt)
                .map(place -> new ControlMessage.RankInfo(
                        place, new MemberId(100 + place, 0), new Hello.Origin("", 0, "cpu", "host:" + (7000 + place))))
                .toList();
        Attachment.LastDecision last = values.containsKey("decided")
                ? new Attachment.LastDecision(
                        Long.parseLong(setting(values, "decided")),
                        Action.valueOf(values.getOrDefault("action", "RUN")),
                        new OpaqueBytes(setting(values, "decided").getBytes(StandardCharsets.UTF_8)))
                : null;
        return new Attachment(epoch(values), Attachment.State.valueOf(setting(values, "in")), ranks, last, null);
    }

    private static RankProgress progress(Map<String, String> values) {
        return new RankProgress(
                Long.parseLong(values.getOrDefault("reported", "-1")),
                Long.parseLong(values.getOrDefault("decided", "-1")),
                Phase.valueOf(values.getOrDefault("phase", "OUTSIDE")));
    }

    private StepReport report(EpochId epoch, Map<String, String> values) {
        int tokens = Integer.parseInt(values.getOrDefault("tokens", "0"));
        int requests = Integer.parseInt(values.getOrDefault("requests", String.valueOf(tokens)));
        int uniform = tokens > 0 && tokens % requests == 0 ? tokens / requests : RankFacts.NOT_UNIFORM;
        long finished = Long.parseLong(values.getOrDefault("finished", "0"));
        long number = Long.parseLong(values.getOrDefault("term", String.valueOf(term.number())));
        return new StepReport(
                new TermId(number, 0xc0),
                epoch,
                Long.parseLong(values.get("step")),
                Integer.parseInt(values.getOrDefault("rev", "0")),
                new RankFacts(tokens, requests, uniform, false, false, 0, new long[] {finished}),
                null);
    }

    private static Map<String, String> values(List<String> words) {
        Map<String, String> values = new HashMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            values.put(word.substring(0, equals), word.substring(equals + 1));
        }
        return values;
    }

    private static long nanos(double seconds) {
        return Math.round(seconds * NANOS_PER_SECOND);
    }

    /** A stream by its name. */
    record TestLink(String name) implements Link {
        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }
}
