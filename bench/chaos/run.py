"""Kills, stops and cuts off workers of a running job at random moments, and proves that the job came through.

Each fault hits a live rank - one that executes steps of the running epoch - while more than half of the ranks are live. Its figure
is the time from the fault to the line of a later step in any member's step log: for a fault that ends the epoch (a kill, a stop
beyond the heartbeat timeout, a cut link between ranks) the first step of a later epoch; for the others (a stop within the
timeout, which the figure includes, and a cut control stream) the third step after those that were logged at the fault, since two
may have been on their way. Afterwards the job runs to its end: its totals have to be the trace's, its history has to be one, and
no process may be left.
"""

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from chaos import choices, faults, figures, program, proof, torchrun  # noqa: E402
from chaos.job import ChaosError, Job, launch_command, write_trace  # noqa: E402
from chaos.program import at_least, say  # noqa: E402
from chaos.watch import (  # noqa: E402
    END_LIMIT_SECONDS,
    RECOVERY_LIMIT_SECONDS,
    START_LIMIT_SECONDS,
    Watch,
    beyond_those_on_their_way,
)


def run(arguments, directory):
    trace = os.path.join(directory, "trace.csv")
    busy_seconds = 30 + seconds_per_fault(arguments.ranks) * arguments.kills
    totals = write_trace(trace, busy_seconds, arguments.generated_tokens)
    name = f"chaos-{os.getpid()}"
    with Job(launch_command(arguments, name, trace, directory) + resilience(arguments), directory, name) as job:
        with Watch(job) as watch:
            injected = inject_all(arguments, job, watch)
        say("all faults injected; the job runs to its end")
        end = proof.conclude(job, totals, END_LIMIT_SECONDS + busy_seconds)
    result = {
        "policy": arguments.policy,
        "ranks": arguments.ranks,
        "seed": arguments.seed,
        "faults": injected,
        "recovery_seconds": figures.by_kind(injected, "seconds", choices.KINDS),
        **end,
    }
    if arguments.torchrun:
        add_torchrun(arguments, result)
    return result


def resilience(arguments):
    words = ["--on-loss", arguments.policy, "--heartbeat-interval", "200ms", "--heartbeat-timeout", "2s"]
    return words + ["--min-ranks", "1"] if arguments.policy == "shrink" else words


def seconds_per_fault(ranks):
    """For the fault, the recovery and the calm before the next, with the successor's start on few cores."""
    return 4 + ranks // 2


def inject_all(arguments, job, watch):
    kinds = choices.KINDS
    if not faults.can_sever():
        kinds = [kind for kind in kinds if not kind.startswith("sever")]
        say("chaos: ss -K does not sever connections here (no root, or not in this kernel): sever-* left out")
    watch.wait(lambda: watch.last() > (0, 20), START_LIMIT_SECONDS, "the group's first steps")
    enough = max(2, arguments.ranks // 2 + 1)
    port = job.coordinator_port()
    injected = []
    for choice in choices.sequence(arguments.seed, kinds):
        if len(injected) == arguments.kills:
            return injected
        watch.wait(lambda: len(watch.live()) >= enough, RECOVERY_LIMIT_SECONDS, f"{enough} live ranks, so that one can be lost")
        calm = time.monotonic() + choice.pause
        watch.wait(lambda: time.monotonic() > calm, choice.pause + 5, "a random moment")
        victim = choice.pick(watch.live())
        try:
            strike = faults.prepare(choice, victim, job.workers(), port)
            fault = inject(choice, victim, strike, watch)
        except faults.NotPossible as why:
            say(f"skipped {choice.kind} of place {victim.place}: {why}")
            continue
        injected.append(fault)
        say(f"{len(injected)}/{arguments.kills} {choice.kind} of place {victim.place}: {fault['seconds']:.3f} s")


def inject(choice, victim, strike, watch):
    """One fault and its recovery."""
    start = time.monotonic()
    timer = strike()
    before = watch.poll()
    mark = beyond_those_on_their_way(before)
    recovered = (lambda: watch.last()[0] > before[0]) if faults.ENDS_EPOCH[choice.kind] else (lambda: watch.last() > mark)
    end = watch.wait(recovered, RECOVERY_LIMIT_SECONDS, f"a step after {choice.kind} of place {victim.place}")
    if timer:
        timer.join()
    return {
        "kind": choice.kind,
        "place": victim.place,
        "attempt": victim.attempt,
        "seconds": end - start,
        "epoch_before": before[0],
        "epoch_after": watch.last()[0],
    }


def add_torchrun(arguments, result):
    say("torchrun for comparison")
    try:
        result["torchrun_seconds"] = torchrun.measure(arguments.torchrun, arguments.ranks, arguments.torchrun_kills)
    except (ChaosError, OSError) as failure:
        result["failures"].append(f"torchrun was not measured: {failure}")


def parse_arguments():
    parser = program.parser("chaos.sh", __doc__)
    parser.add_argument("--policy", choices=("shrink", "wait"), default="shrink", help="(default: shrink)")
    parser.add_argument("--kills", type=at_least(1), default=50, metavar="N", help="faults (default: 50)")
    parser.add_argument("--torchrun", metavar="PYTHON", help="also measure torchrun's restart with this Python, which has torch")
    parser.add_argument("--torchrun-kills", type=at_least(1), default=5, metavar="N", help="(default: 5)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(program.main(parse_arguments(), run, figures.print_result))
