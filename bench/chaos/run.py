"""Kills, stops and cuts off workers of a running job at random moments, and proves that the job came through.

Each fault hits a random rank between two steps, while more than half of the ranks are there. Its figure is the time to the next step that a rank has executed
after it: in a new epoch where the fault ends one (a kill, a stop beyond the heartbeat timeout, a cut link between ranks), else
just the next one. Afterwards the job runs to its end: its totals have to be the trace's, its history has to be one, and no process
may be left.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from chaos import faults  # noqa: E402
from chaos.job import GENERATED_TOKENS, PROMPT_TOKENS, ROOT, ChaosError, Job, Watch, write_trace  # noqa: E402
from chaos.torchrun import measure as measure_torchrun  # noqa: E402

RECOVERY_LIMIT_SECONDS = 60
END_LIMIT_SECONDS = 600


def main():
    arguments = parse_arguments()
    try:
        with tempfile.TemporaryDirectory(prefix="coxswain-chaos-") as directory:
            result = run(arguments, directory)
    except ChaosError as failure:
        print(f"chaos: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print_result(result)
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
    command = [os.path.join(ROOT, "scripts", "launch.sh"), "--nproc-per-node", str(arguments.ranks), "--job", name]
    command += ["--on-loss", arguments.policy, "--max-restarts", "1000", "--restart-window", "1h"]
    command += ["--heartbeat-interval", "200ms", "--heartbeat-timeout", "2s", "--trace", trace, "--speed", "1"]
    command += ["--hidden-width", "32", "--inner-width", "64", "--step-log", os.path.join(directory, "steps")]
    command += ["--report", os.path.join(directory, "report.json"), "--verify"]
    with Job(command, directory, name) as job:
        injected = inject_all(arguments, job)
        print("all faults injected; the job runs to its end", file=sys.stderr, flush=True)
        code = job.wait(END_LIMIT_SECONDS + busy_seconds)
        failures = verdict(job, code, requests)
        report = job.report() if os.path.exists(job.report_file) else {}
    result = {
        "policy": arguments.policy,
        "ranks": arguments.ranks,
        "seed": arguments.seed,
        "faults": injected,
        "recovery_seconds": {kind: summary(kind, injected) for kind in faults.KINDS if summary(kind, injected)},
        "report": {key: report.get(key) for key in ("epochs", "aborts", "restarts", "requests_rescheduled", "recomputed_tokens")},
        "history": history(job),
        "failures": failures,
    }
    if arguments.torchrun:
        result["torchrun_seconds"] = measure_torchrun(arguments.torchrun, arguments.ranks, arguments.torchrun_kills)
    return result


def seconds_per_fault(ranks):
    """For the fault, the recovery and the calm before the next, with the successor's start on few cores."""
    return 2 + ranks // 2


def inject_all(arguments, job):
    chance = random.Random(arguments.seed)
    watch = Watch(job)
    kinds = [kind for kind in faults.KINDS if not kind.startswith("sever") or faults.can_sever()]
    if len(kinds) < len(faults.KINDS):
        print("chaos: this machine does not let ss -K sever connections: sever-* left out", file=sys.stderr)
    weights = [faults.WEIGHTS[faults.KINDS.index(kind)] for kind in kinds]
    watch.wait(lambda: watch.last > (0, 20), 120, "the group's first steps")
    coordinator = coordinator_address(job)
    enough = max(2, arguments.ranks // 2 + 1)
    injected = []
    while len(injected) < arguments.kills:
        kind = chance.choices(kinds, weights)[0]
        victim = chance.randrange(arguments.ranks)
        pause = chance.uniform(0.2, 1.2)
        watch.wait(lambda: watch.ranks() >= enough, RECOVERY_LIMIT_SECONDS, "enough ranks to lose one")
        calm = time.monotonic() + pause
        watch.wait(lambda: time.monotonic() > calm, pause + 5, "a random moment")
        if not watch.has(victim):
            continue
        fault = inject_one(kind, victim, job, watch, coordinator, chance)
        if fault:
            injected.append(fault)
            print(f"{len(injected)}/{arguments.kills} {kind} of place {victim}: {fault['seconds']:.3f} s", file=sys.stderr, flush=True)
    return injected


def inject_one(kind, victim, job, watch, coordinator, chance):
    """One fault and its recovery; None where there was nothing to do it to."""
    before = watch.last
    start = time.monotonic()
    try:
        ends_epoch, later = faults.inject(kind, job, victim, coordinator, chance)
    except faults.NotPossible as why:
        print(f"skipped {kind} of place {victim}: {why}", file=sys.stderr)
        return None
    timer = None
    if later:
        timer = threading.Timer(*later)
        timer.start()
    # What was decided before the fault may still be executed: the next step but one is surely decided after it.
    watch.poll()
    mark = (watch.last[0], watch.last[1] + 2)
    recovered = (lambda: watch.last[0] > before[0]) if ends_epoch else (lambda: watch.last > mark)
    end = watch.wait(recovered, RECOVERY_LIMIT_SECONDS, f"a step after {kind} of place {victim}")
    if timer:
        timer.join()
    return {"kind": kind, "place": victim, "seconds": end - start, "epoch_before": before[0], "epoch_after": watch.last[0]}


def coordinator_address(job):
    with open(job.output_file, encoding="utf-8", errors="replace") as output:
        for line in output:
            if "coordinator at " in line:
                return line.split("coordinator at ")[1].split(",")[0]
    raise ChaosError(f"the launcher did not say where the coordinator is; {job.last_lines()}")


def verdict(job, code, requests):
    """What is wrong with how the job ended; empty where nothing is."""
    failures = []
    if code != 0:
        return [f"the launcher ended with {code}; {job.last_lines()}"]
    expected = {
        "requests_completed": requests,
        "prompt_tokens": requests * PROMPT_TOKENS,
        "generated_tokens": requests * GENERATED_TOKENS,
    }
    report = job.report()
    failures += [f"{key} is {report[key]}, the trace has {value}" for key, value in expected.items() if report[key] != value]
    if not report["verification"]["passed"]:
        failures.append(f"verification failed: {report['verification']}")
    left = job.processes()
    if left:
        failures.append(f"processes are left: {left}")
    checked = history(job)
    if not checked.startswith("all ranks agreed"):
        failures.append(f"the history is not one: {checked}")
    return failures


def history(job):
    """What check-history.sh says of the logs of all members that ever were."""
    logs = sorted(os.path.join(job.logs, name) for name in os.listdir(job.logs))
    check = subprocess.run(
        [os.path.join(ROOT, "scripts", "check-history.sh"), *logs], capture_output=True, text=True, timeout=300
    )
    return (check.stdout + check.stderr).strip()


def summary(kind, injected):
    seconds = sorted(fault["seconds"] for fault in injected if fault["kind"] == kind)
    if not seconds:
        return None
    return {"count": len(seconds), "p50": percentile(seconds, 50), "p99": percentile(seconds, 99), "max": seconds[-1]}


def percentile(ascending, percent):
    """With linear interpolation."""
    place = (len(ascending) - 1) * percent / 100
    low = int(place)
    high = min(low + 1, len(ascending) - 1)
    return ascending[low] + (ascending[high] - ascending[low]) * (place - low)


def print_result(result):
    print(f"policy {result['policy']}, {result['ranks']} ranks, seed {result['seed']}")
    print(f"{'fault':18}{'count':>6}{'p50 s':>9}{'p99 s':>9}{'max s':>9}")
    for kind, row in result["recovery_seconds"].items():
        print(f"{kind:18}{row['count']:>6}{row['p50']:>9.3f}{row['p99']:>9.3f}{row['max']:>9.3f}")
    print(", ".join(f"{key} {value}" for key, value in result["report"].items()))
    print(result["history"])
    if "torchrun_seconds" in result:
        seconds = sorted(result["torchrun_seconds"])
        print(f"torchrun restart of {result['ranks']} gloo ranks: p50 {percentile(seconds, 50):.3f} s of {len(seconds)} kills")
    for failure in result["failures"]:
        print(f"FAILED: {failure}")


def parse_arguments():
    parser = argparse.ArgumentParser(prog="chaos.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=int, default=4, metavar="N", help="(default: 4)")
    parser.add_argument("--policy", choices=("shrink", "wait"), default="shrink", help="(default: shrink)")
    parser.add_argument("--kills", type=int, default=50, metavar="N", help="faults (default: 50)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the choice of faults (default: 1)")
    parser.add_argument("--json", metavar="FILE", help="also write everything there")
    parser.add_argument("--torchrun", metavar="PYTHON", help="also measure torchrun's restart with this Python, which has torch")
    parser.add_argument("--torchrun-kills", type=int, default=5, metavar="N", help="(default: 5)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
