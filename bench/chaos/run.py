"""Kills, stops and cuts off workers of a running job at random moments, and proves that the job came through.

Each fault hits a live rank - one that executes steps of the running epoch - while more than half of the ranks are live. Its figure
is the time from the fault to the line of a later step in any member's step log: for a fault that ends the epoch (a kill, a stop
beyond the heartbeat timeout, a cut link between ranks) the first step of a later epoch; for the others (a stop within the
timeout, which the figure includes, and a cut control stream) the third step after those that were logged at the fault, since two
may have been on their way. Afterwards the job runs to its end: its totals have to be the trace's, its history has to be one, and
no process may be left.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from chaos import choices, faults, figures, torchrun  # noqa: E402
from chaos.job import GENERATED_TOKENS, PROMPT_TOKENS, ROOT, ChaosError, Job, write_trace  # noqa: E402
from chaos.watch import Watch  # noqa: E402

START_LIMIT_SECONDS = 120
RECOVERY_LIMIT_SECONDS = 60
END_LIMIT_SECONDS = 600
STEPS_ON_THEIR_WAY = 2


def main():
    arguments = parse_arguments()
    # So that with blocks end what they started.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    directory = tempfile.mkdtemp(prefix="coxswain-chaos-")
    try:
        result = run(arguments, directory)
    except ChaosError as failure:
        print(f"chaos: {failure}\nchaos: the job's files are in {directory}", file=sys.stderr)
        return 1
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    if result["failures"]:
        print(f"chaos: the job's files are in {directory}", file=sys.stderr)
    else:
        shutil.rmtree(directory, ignore_errors=True)
    figures.print_result(result)
    if arguments.json:
        with open(arguments.json, "w", encoding="ascii") as file:
            json.dump(result, file, indent=1)
            file.write("\n")
    return 1 if result["failures"] else 0


def run(arguments, directory):
    trace = os.path.join(directory, "trace.csv")
    busy_seconds = 30 + seconds_per_fault(arguments.ranks) * arguments.kills
    requests = write_trace(trace, busy_seconds)
    name = f"chaos-{os.getpid()}"
    with Job(launch_command(arguments, name, trace, directory), directory, name) as job:
        with Watch(job) as watch:
            injected = inject_all(arguments, job, watch)
        say("all faults injected; the job runs to its end")
        code = job.wait(END_LIMIT_SECONDS + busy_seconds)
        left = job.processes()
    report = job.report() if code == 0 else {}
    checked = history(job)
    result = {
        "policy": arguments.policy,
        "ranks": arguments.ranks,
        "seed": arguments.seed,
        "faults": injected,
        "recovery_seconds": figures.recoveries(injected),
        "report": {key: report.get(key) for key in figures.REPORTED},
        "history": checked,
        "failures": [f"the launcher ended with {code}; {job.last_lines()}"] if code else wrong_totals(report, requests),
    }
    if left:
        result["failures"].append(f"processes are left: {left}")
    if not checked.startswith("all ranks agreed"):
        result["failures"].append("the history is not one")
    if arguments.torchrun:
        add_torchrun(arguments, result)
    return result


def launch_command(arguments, name, trace, directory):
    command = [os.path.join(ROOT, "scripts", "launch.sh"), "--nproc-per-node", str(arguments.ranks), "--job", name]
    command += ["--device", arguments.device, "--on-loss", arguments.policy, "--max-restarts", "1000", "--restart-window", "1h"]
    if arguments.policy == "shrink":
        command += ["--min-ranks", "1"]
    command += ["--heartbeat-interval", "200ms", "--heartbeat-timeout", "2s", "--trace", trace, "--speed", "1"]
    command += ["--hidden-width", "32", "--inner-width", "64", "--step-log", os.path.join(directory, "steps")]
    return command + ["--report", os.path.join(directory, "report.json"), "--verify"]


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
    mark = (before[0], before[1] + STEPS_ON_THEIR_WAY)
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


def wrong_totals(report, requests):
    """What of the report is not as the trace has it."""
    expected = {
        "requests_completed": requests,
        "prompt_tokens": requests * PROMPT_TOKENS,
        "generated_tokens": requests * GENERATED_TOKENS,
    }
    wrong = [f"{key} is {report[key]}, the trace has {value}" for key, value in expected.items() if report[key] != value]
    if not report["verification"]["passed"]:
        wrong.append(f"verification failed: {report['verification']}")
    return wrong


def history(job):
    """What check-history.sh says of the logs of all members that ever were."""
    logs = sorted(os.path.join(job.logs, name) for name in os.listdir(job.logs))
    command = [os.path.join(ROOT, "scripts", "check-history.sh"), *logs]
    try:
        check = subprocess.run(command, capture_output=True, text=True, timeout=300)
    except subprocess.TimeoutExpired as slow:
        return f"check-history.sh took longer than {slow.timeout} s"
    return (check.stdout + check.stderr).strip()


def add_torchrun(arguments, result):
    say("torchrun for comparison")
    try:
        result["torchrun_seconds"] = torchrun.measure(arguments.torchrun, arguments.ranks, arguments.torchrun_kills)
    except (ChaosError, OSError) as failure:
        result["failures"].append(f"torchrun was not measured: {failure}")


def say(text):
    print(text, file=sys.stderr, flush=True)


def at_least(least):
    def whole_number(text):
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"is {text}; allowed is a whole number from {least}")
        return int(text)

    return whole_number


def parse_arguments():
    parser = argparse.ArgumentParser(prog="chaos.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=at_least(2), default=4, metavar="N", help="(default: 4)")
    parser.add_argument("--policy", choices=("shrink", "wait"), default="shrink", help="(default: shrink)")
    parser.add_argument("--device", choices=("auto", "cuda", "cpu"), default="cpu", help="(default: cpu)")
    parser.add_argument("--kills", type=at_least(1), default=50, metavar="N", help="faults (default: 50)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the choice of faults (default: 1)")
    parser.add_argument("--json", metavar="FILE", help="also write everything there")
    parser.add_argument("--torchrun", metavar="PYTHON", help="also measure torchrun's restart with this Python, which has torch")
    parser.add_argument("--torchrun-kills", type=at_least(1), default=5, metavar="N", help="(default: 5)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
