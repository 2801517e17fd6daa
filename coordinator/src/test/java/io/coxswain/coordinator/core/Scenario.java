package io.coxswain.coordinator.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

    private static final TermId TERM = new TermId(1, 0xc0);
    private static final double NANOS_PER_SECOND = 1e9;

    private final EffectText text = new EffectText();
    private final List<String> transcript = new ArrayList<>();
    private final Map<Integer, TestLink> controls = new HashMap<>();
    private final Map<Integer, TestLink> streams = new HashMap<>();
    private final int worldSize;
    private final Group group;

    private Scenario(int worldSize) {
        this.worldSize = worldSize;
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
                        GroupConfig.Resilience.failing(worldSize)),
                TERM,
                0);
    }

    /** The file's inputs and comments, with the effects that a group really has. */
    static String replay(String file) {
        Scenario scenario = new Scenario(worldSize(file));
        for (String line : file.lines().toList()) {
            if (!line.startsWith("  -> ") && !line.startsWith("(at ")) {
                scenario.play(line);
            }
        }
        return String.join("\n", scenario.transcript) + "\n";
    }

    private static int worldSize(String file) {
        String line = file.lines()
                .filter(l -> l.startsWith("world "))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("a scenario needs a line 'world N'"));
        return Integer.parseInt(line.substring("world ".length()).strip());
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
        EpochId epoch = new EpochId(TERM, Long.parseLong(values.getOrDefault("epoch", "1")));
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
            case "leave" -> new Input.LeaveReceived(control, reason(values));
            case "close" -> new Input.ControlClosed(control, reason(values));
            case "open" -> opened(place, epoch, values);
            case "report" -> new Input.ReportReceived(linkOf(streams, place), place, report(epoch, values));
            case "exit" -> new Input.MemberExited(new TestLink("launcher"), place, 0, reason(values));
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
                TermId.NONE,
                Hello.Standing.NEW);
    }

    private static RankProgress progress(Map<String, String> values) {
        return new RankProgress(
                Long.parseLong(values.getOrDefault("reported", "-1")),
                Long.parseLong(values.getOrDefault("decided", "-1")),
                Phase.valueOf(values.getOrDefault("phase", "OUTSIDE")));
    }

    private static StepReport report(EpochId epoch, Map<String, String> values) {
        int tokens = Integer.parseInt(values.getOrDefault("tokens", "0"));
        int requests = Integer.parseInt(values.getOrDefault("requests", String.valueOf(tokens)));
        int uniform = tokens > 0 && tokens % requests == 0 ? tokens / requests : RankFacts.NOT_UNIFORM;
        long finished = Long.parseLong(values.getOrDefault("finished", "0"));
        long term = Long.parseLong(values.getOrDefault("term", "1"));
        return new StepReport(
                new TermId(term, 0xc0),
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
