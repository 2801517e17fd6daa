"""Kills, stops and tells to stop the coordinators of a running job at random moments, and proves that the job came through.

A fault is done when all coordinators are there, and one leads. Where it takes the leader away, its figure is the time from the fault
to the third step after those that were logged at the fault, since two may have been on their way. Where the leader goes on, or hands
over, it is the longest time without a step from the fault until all are there again, beside the longest such time in a calm stretch
before it. The launcher starts again what has ended. Afterwards the job runs to its end: its totals have to be the trace's, its history
has to be one, and no process may be left. No epoch may have ended, and no worker been restarted, for a fault that leaves the leader or
a majority of the coordinators; that one did for another fault is said.
"""

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from chaos import figures, program, proof, replicas  # noqa: E402
from chaos.job import ChaosError, Job, launch_command, write_trace  # noqa: E402
from chaos.program import at_least, say  # noqa: E402
from chaos.watch import (  # noqa: E402
    END_LIMIT_SECONDS,
    RECOVERY_LIMIT_SECONDS,
    START_LIMIT_SECONDS,
    Watch,
    beyond_those_on_their_way,
)

RETURN_LIMIT_SECONDS = 120
CALM_SECONDS = 10


def run(arguments, directory):
    chosen = replicas.sequence(arguments.seed, counts(arguments))
    trace = os.path.join(directory, "trace.csv")
    busy_seconds = 30 + sum(map(seconds_for, chosen))
    totals = write_trace(trace, busy_seconds, arguments.generated_tokens)
    name = f"chaos-{os.getpid()}"
    command = launch_command(arguments, name, trace, directory) + ["--coordinators", str(arguments.coordinators), "--on-loss", "wait"]
    # The job directory of this run alone, which goes with it.
    environment = {**os.environ, "XDG_RUNTIME_DIR": directory}
    with Job(command, directory, name, environment) as job:
        with Watch(job) as watch:
            here = replicas.Replicas(os.path.join(directory, "coxswain", f"{name}.json"), watch, arguments.coordinators)
            injected = inject_all(chosen, watch, here)
        say("all faults injected; the job runs to its end")
        end = proof.conclude(job, totals, END_LIMIT_SECONDS + busy_seconds)
    end["failures"] += unwanted(injected)
    return {
        "coordinators": arguments.coordinators,
        "ranks": arguments.ranks,
        "seed": arguments.seed,
        "faults": injected,
        "recovery_seconds": figures.by_kind(injected, "seconds", replicas.BY_RECOVERY),
        "gap_seconds": figures.by_kind(injected, "seconds", replicas.BY_GAP),
        "calm_gap_seconds": figures.by_kind(injected, "calm_seconds", replicas.BY_GAP),
        "return_seconds": figures.by_kind(injected, "return_seconds", replicas.KINDS),
        **end,
    }


def seconds_for(choice):
    """For the fault, the recovery, the return of what was lost and the calm before the next, on few cores."""
    calm = CALM_SECONDS if choice.kind in replicas.BY_GAP else 1
    return calm + (45 if choice.kind.endswith("-stop") else 15)


def inject_all(chosen, watch, here):
    watch.wait(lambda: watch.last() > (0, 20), START_LIMIT_SECONDS, "the group's first steps")
    injected = []
    for choice in chosen:
        await_all(watch, here)
        calm = time.monotonic() + choice.pause
        watch.wait(lambda: time.monotonic() > calm, choice.pause + 5, "a random moment")
        fault = inject(choice, watch, here)
        injected.append(fault)
        calm_gap = f", in calm {fault['calm_seconds']:.3f} s" if "calm_seconds" in fault else ""
        say(
            f"{len(injected)}/{len(chosen)} {choice.kind}: {fault['seconds']:.3f} s{calm_gap}, all there after"
            f" {fault['return_seconds']:.1f} s, term {fault['term_after']}{consequences(fault)}"
        )
    return injected


def await_all(watch, here):
    try:
        watch.wait(here.settled, RETURN_LIMIT_SECONDS, "all coordinators, and one that leads")
    except ChaosError as missing:
        raise ChaosError(f"{missing}\n{here.seen()}") from None


def inject(choice, watch, here):
    """One fault, its recovery, and the return of the replicas that it took away."""
    measure = recovery if choice.kind in replicas.BY_RECOVERY else longest_gaps
    before = {"kind": choice.kind, "epoch_before": watch.last()[0], "term_before": watch.term()}
    restarted = watch.restarted()
    measured = measure(choice, watch, here)
    after = {"epoch_after": watch.last()[0], "term_after": watch.term(), "worker_restarts": watch.restarted() - restarted}
    return {**before, **measured, **after}


def recovery(choice, watch, here):
    victims = settled(here).victims(choice)
    start = time.monotonic()
    is_over = replicas.strike(choice, victims)
    mark = beyond_those_on_their_way(watch.poll())
    end = watch.wait(lambda: watch.last() > mark, RECOVERY_LIMIT_SECONDS, f"a step after {choice.kind}")
    watch.wait(is_over, RETURN_LIMIT_SECONDS, f"the end of {choice.kind}")
    await_all(watch, here)
    return {"seconds": end - start, "return_seconds": time.monotonic() - start}


def longest_gaps(choice, watch, here):
    calm = watch.longest_gap(elapsed(CALM_SECONDS), CALM_SECONDS + 5, "a calm stretch")
    victims = settled(here).victims(choice)
    start = time.monotonic()
    is_over = replicas.strike(choice, victims)
    enough = elapsed(CALM_SECONDS)
    limit = choice.stop + RETURN_LIMIT_SECONDS
    gap = watch.longest_gap(lambda: enough() and is_over() and here.settled(), limit, f"all coordinators after {choice.kind}")
    return {"seconds": gap, "calm_seconds": calm, "return_seconds": time.monotonic() - start}


def settled(here):
    found = here.settled()
    if not found:
        raise ChaosError(f"a coordinator left without a fault: {here.seen()}")
    return found


def elapsed(seconds):
    """A condition that holds so many seconds from now."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def consequences(fault):
    """What a fault of a coordinator should not have; empty where it has none."""
    text = ""
    if fault["epoch_after"] != fault["epoch_before"]:
        text += f", epoch {fault['epoch_before']} ended, {fault['epoch_after']} runs after it"
    if fault["worker_restarts"]:
        text += f", {fault['worker_restarts']} workers restarted"
    return text


def unwanted(injected):
    return [
        f"fault {number}, {fault['kind']}{consequences(fault)}"
        for number, fault in enumerate(injected, 1)
        if consequences(fault) and fault["kind"] not in replicas.MAY_END_EPOCH
    ]


def print_result(result):
    print(f"{result['coordinators']} coordinators, {result['ranks']} ranks, seed {result['seed']}, {figures.load(result)}")
    figures.print_table("leader lost: to steps", result["recovery_seconds"])
    figures.print_table("leader there: no step", result["gap_seconds"])
    figures.print_table("calm before: no step", result["calm_gap_seconds"])
    figures.print_table("until all are there", result["return_seconds"])
    for number, fault in enumerate(result["faults"], 1):
        if consequences(fault):
            print(f"fault {number}, {fault['kind']}{consequences(fault)}")
    figures.print_end(result)


def counts(arguments):
    return {kind: getattr(arguments, flag(kind)) for kind in replicas.KINDS}


def flag(kind):
    return kind.replace("-", "_") + "s"


def parse_arguments():
    parser = program.parser("chaos-coordinators.sh", __doc__)
    parser.add_argument("--coordinators", type=int, choices=(3, 5), default=3, help="(default: 3)")
    for kind in replicas.KINDS:
        count = replicas.DEFAULT_COUNTS.get(kind, replicas.DEFAULT_COUNT)
        parser.add_argument(f"--{kind}s", type=at_least(0), default=count, metavar="N", help=f"faults of this kind (default: {count})")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(program.main(parse_arguments(), run, print_result))
