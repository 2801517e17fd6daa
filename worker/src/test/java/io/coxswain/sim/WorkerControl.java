package io.coxswain.sim;

import io.coxswain.coordinator.core.CapturedSet;
import io.coxswain.coordinator.core.ControlMessage;
import io.coxswain.coordinator.core.EpochId;
import io.coxswain.coordinator.core.Hello;
import io.coxswain.coordinator.core.Input;
import io.coxswain.coordinator.core.RankProgress;
import io.coxswain.coordinator.core.TermId;
import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A worker's control stream: opened again whenever it is lost, to whichever coordinator answers. */
final class WorkerControl implements ControlMessage.Visitor<Boolean> {

    private static final long TICK = 250 * Times.MILLI;
    private static final long PAUSE = 50 * Times.MILLI;
    private static final long LONGEST_PAUSE = 500 * Times.MILLI;
    private static final long WELCOME_TIMEOUT = 2 * Times.SECOND;
    private static final long DRAIN_TIMEOUT = 10 * Times.SECOND;
    private static final long NEVER = Long.MAX_VALUE;

    private final Simulation world;
    private final SimWorker worker;
    private TermId promised = TermId.NONE;
    private @Nullable EpochId leftWhenPromised;
    private @Nullable Stream stream;
    /** What is said to whoever comes to lead; null while it is said, or was. */
    private @Nullable Hello waiting;

    private @Nullable Function<Stream, Input> insistsOn;

    private @Nullable SimCoordinator coordinator;
    private boolean welcomed;
    private long openedNanos;
    private long heardNanos;
    private long leaderlessSinceNanos;
    private long tickedNanos;
    private long heartbeatNanos;
    private long drainedByNanos = NEVER;
    private long pauseNanos = PAUSE;
    private int tries;

    WorkerControl(Simulation world, SimWorker worker) {
        this.world = world;
        this.worker = worker;
    }

    void start() {
        leaderlessSinceNanos = worker.now();
        tickedNanos = worker.now();
        connect();
        tick();
    }

    TermId promised() {
        return promised;
    }

    /** Whether this member did not work on the epoch any more when it promised the term, or came back to its coordinator. */
    boolean hadLeftWhenPromised(TermId term, EpochId epoch) {
        return promised.equals(term) && epoch.equals(leftWhenPromised);
    }

    /** The coordinator that has welcomed this member and is heard; null where there is none. */
    @Nullable
    SimCoordinator coordinator() {
        return welcomed ? coordinator : null;
    }

    @Nullable
    Stream stream() {
        return stream;
    }

    /**
     * The hello is made now, and waits where there is nobody to say it to. Accepting a decision and re-attaching exclude each other:
     * nothing is accepted from here to the welcome.
     */
    private void connect() {
        if (waiting == null) {
            worker.steps().freeze();
            waiting = hello();
        }
        SimCoordinator target = world.cluster().reachable(tries++);
        if (target == null) {
            connectLater();
        } else {
            sayHello(waiting, target);
        }
    }

    private void sayHello(Hello hello, SimCoordinator target) {
        Stream opened = new Stream(Stream.Kind.CONTROL, world.network(), worker, target);
        stream = opened;
        waiting = null;
        coordinator = target;
        openedNanos = worker.now();
        world.history().change(() -> worker + " says hello to " + target + ", " + Words.describe(hello));
        opened.up(() -> target.hello(new Input.HelloReceived(opened, hello), worker));
    }

    private Hello hello() {
        CapturedSet captured = worker.steps().captured();
        Hello.Standing standing = new Hello.Standing(
                worker.epochs().attachment(), worker.epochs().highest(), worker.knowsThatPredecessorEnded());
        return new Hello(
                Scenario.JOB,
                worker.member(),
                OptionalInt.of(worker.place()),
                worker.origin(),
                world.settings(),
                captured,
                promised,
                standing);
    }

    private void connectLater() {
        worker.later(pauseNanos, () -> {
            if (stream == null) {
                connect();
            }
        });
        pauseNanos = Math.min(2 * pauseNanos, LONGEST_PAUSE);
    }

    private void drop(String why) {
        Stream lost = stream;
        if (lost != null) {
            lost.closeFrom(worker, Closing.lost(why));
            lost(why);
        }
    }

    private void lost(String why) {
        world.history().change(() -> worker + " has lost its control stream: " + why);
        stream = null;
        if (welcomed) {
            welcomed = false;
            leaderlessSinceNanos = worker.now();
            connect();
        } else {
            connectLater();
        }
    }

    void closed(Stream which, Closing closing) {
        if (which == stream) {
            lost(closing.reason());
        }
    }

    /** After a pause of its own a worker judges nobody. */
    private void tick() {
        long now = worker.now();
        boolean paused = now - tickedNanos > Times.SECOND;
        tickedNanos = now;
        if (paused) {
            heardNanos = now;
            openedNanos = now;
            leaderlessSinceNanos = now;
        }
        watchStream(now);
        if (!welcomed && now - leaderlessSinceNanos >= Times.GIVE_UP) {
            worker.exit("no coordinator");
            return;
        }
        if (!welcomed && now - leaderlessSinceNanos >= Times.TIMEOUTS.reattachNanos()) {
            giveUpEpoch();
        }
        if (now >= drainedByNanos) {
            worker.exit("was not drained in time");
            return;
        }
        worker.later(TICK, this::tick);
    }

    /** The hello that waits, or is not answered yet, says that the epoch runs: another takes its place. */
    private void giveUpEpoch() {
        if (worker.epochs().orphaned()) {
            waiting = null;
            drop("the epoch is given up");
        }
    }

    private void watchStream(long now) {
        if (stream == null) {
            return;
        }
        if (!welcomed && now - openedNanos >= WELCOME_TIMEOUT) {
            drop("no welcome");
        } else if (welcomed && now - heardNanos >= Times.TIMEOUTS.heartbeatTimeoutNanos()) {
            drop("no heartbeat");
        } else if (welcomed && now >= heartbeatNanos) {
            heartbeat(now);
        }
    }

    private void heartbeat(long now) {
        heartbeatNanos = now + Times.TIMEOUTS.heartbeatIntervalNanos();
        RankProgress progress = worker.steps().progress();
        say(link -> new Input.HeartbeatReceived(link, progress));
    }

    /** Says something to the coordinator, if there is one. */
    void say(Function<Stream, Input> message) {
        Stream open = stream;
        SimCoordinator to = coordinator;
        if (open != null && to != null && welcomed) {
            Input input = message.apply(open);
            open.up(() -> to.handle(input));
        }
    }

    /** Said again with every welcome, before the first heartbeat: a hello may have been on its way. */
    void collectiveFailed(EpochId epoch, String why) {
        insistsOn = link -> new Input.CollectiveFailed(link, epoch, why);
        say(insistsOn);
    }

    void wishDrain() {
        if (drainedByNanos == NEVER) {
            drainedByNanos = worker.now() + DRAIN_TIMEOUT;
            say(link -> new Input.DrainWished(link, "asked to"));
        }
    }

    void leave() {
        say(link -> new Input.LeaveReceived(link, "drained"));
        worker.exit("drained");
    }

    void hear(Stream from, ControlMessage message) {
        if (from != stream) {
            return;
        }
        heardNanos = worker.now();
        boolean isChange = message.accept(this);
        if (isChange) {
            world.history().change(() -> worker + " " + message.accept(Words.WORDS));
        }
    }

    @Override
    public Boolean onWelcome(ControlMessage.Welcome message) {
        welcome(message);
        return false;
    }

    private void welcome(ControlMessage.Welcome message) {
        TermId term = message.term();
        boolean isOlder =
                term.number() < promised.number() || (term.number() == promised.number() && !term.equals(promised));
        if (isOlder) {
            drop("term " + term + " is not above " + promised);
            return;
        }
        boolean isHigher = !term.equals(promised);
        promised = term;
        leftWhenPromised = worker.epochs().left();
        welcomed = true;
        tries = 0;
        pauseNanos = PAUSE;
        if (insistsOn != null) {
            say(insistsOn);
        }
        if (drainedByNanos != NEVER) {
            say(link -> new Input.DrainWished(link, "asked to"));
        }
        heartbeat(worker.now());
        if (isHigher) {
            worker.epochs().promisedHigher();
            worker.steps().discard();
        }
        worker.steps().thaw();
        worker.epochs().repeat();
    }

    @Override
    public Boolean onRefused(ControlMessage.Refused message) {
        switch (message.kind()) {
            case STALE_TERM -> drop("refused: " + message.reason());
            case PLACE_TAKEN, WRONG_JOB, SETTINGS_DIFFER, INVALID, ENDED, LOST ->
                worker.exit("refused, " + message.kind() + ": " + message.reason());
        }
        return false;
    }

    @Override
    public Boolean onHeartbeat(ControlMessage.Heartbeat message) {
        return false;
    }

    @Override
    public Boolean onMembership(ControlMessage.Membership message) {
        return worker.epochs().membership(message);
    }

    @Override
    public Boolean onCommunicatorId(ControlMessage.CommunicatorId message) {
        worker.epochs().communicatorId(message.epoch());
        return false;
    }

    @Override
    public Boolean onStart(ControlMessage.Start message) {
        return worker.epochs().start(message.epoch());
    }

    @Override
    public Boolean onAbort(ControlMessage.Abort message) {
        worker.epochs().abort(message.epoch());
        say(link -> new Input.AbortAcknowledged(link, message.epoch()));
        return true;
    }

    @Override
    public Boolean onDrainRefused(ControlMessage.DrainRefused message) {
        worker.exit("drain refused: " + message.reason());
        return false;
    }

    @Override
    public Boolean onJobEnded(ControlMessage.JobEnded message) {
        worker.exit("the job has ended: " + message.outcome());
        return false;
    }
}
