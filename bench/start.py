"""Measures how long a launch takes from its command to the first agreed step, beside torchrun with gloo.

Both start as many ranks on this machine, in turns. Coxswain's figure ends when a rank has written down its first executed step (it
has been decided, and run on the CPU); torchrun's when rank 0 has written down its first all-reduce, which is the least by which gloo
ranks agree on anything. A build is no part of either.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from chaos import torchrun  # noqa: E402

HOME = os.environ["COXSWAIN_HOME"]
LIMIT_SECONDS = 180
POLL_SECONDS = 0.003
# The pace is the trace's own: the first request is there at once, and the job is not over before it is looked at.
FLAGS = ["--device", "cpu", "--hidden-width", "64", "--inner-width", "128", "--speed", "1", "--term-grace", "1s"]


def main():
    parser = argparse.ArgumentParser(prog="bench.sh start", description=__doc__)
    parser.add_argument("--ranks", type=int, default=4, metavar="N", help="(default: 4)")
    parser.add_argument("--launches", type=int, default=5, metavar="N", help="of each system (default: 5)")
    parser.add_argument(
        "--python",
        default=os.environ.get("COXSWAIN_BENCH_PYTHON", ""),
        metavar="PYTHON",
        help="a Python that has torch (default: $COXSWAIN_BENCH_PYTHON, or none: Coxswain alone)",
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures there, too")
    arguments = parser.parse_args()
    if arguments.ranks < 1 or arguments.launches < 1:
        parser.error("--ranks and --launches are numbers from 1")
    print(f"load average before the start: {os.getloadavg()[0]:.2f} on {os.cpu_count()} processors", flush=True)
    systems = {"coxswain": lambda: start_coxswain(arguments.ranks)}
    if arguments.python:
        systems["torchrun"] = lambda: start_torchrun(arguments.python, arguments.ranks)
    else:
        print("torchrun: left out, since no --python with torch is named", flush=True)
    seconds = {name: [] for name in systems}
    for _ in range(arguments.launches):
        for name, measure in systems.items():
            seconds[name].append(measure())
            print(f"{name}: {seconds[name][-1]:.2f} s", flush=True)
    for name, figures in seconds.items():
        print(f"{name:9} p50 {statistics.median(figures):6.2f} s   min {min(figures):6.2f} s   max {max(figures):6.2f} s")
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump({"ranks": arguments.ranks, "seconds": seconds}, file, indent=2)
    return 0


def start_coxswain(ranks):
    """Seconds to the first line of any step log."""
    with tempfile.TemporaryDirectory(prefix="coxswain-start-") as directory:
        steps = os.path.join(directory, "steps")
        command = [os.path.join(HOME, "scripts", "launch.sh"), *FLAGS, "--nproc-per-node", str(ranks), "--step-log", steps]
        return measure(command, dict(os.environ), directory, lambda: any_line(steps), lambda process: None)


def start_torchrun(python, ranks):
    """Seconds to the first all-reduce that rank 0 has written down."""
    with tempfile.TemporaryDirectory(prefix="coxswain-start-") as directory:
        log = os.path.join(directory, "steps")
        command = [python, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(ranks), torchrun.RANK, log]
        return measure(command, torchrun.ENVIRONMENT, directory, lambda: has_line(log), lambda process: torchrun.end(process, log))


def measure(command, environment, directory, is_there, end):
    """Starts the command, waits for the sign, and ends it again."""
    with open(os.path.join(directory, "output"), "w+b") as output:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment)
        try:
            while not is_there():
                if process.poll() is not None or time.monotonic() - begin > LIMIT_SECONDS:
                    output.seek(0)
                    said = output.read().decode(errors="replace")[-3000:]
                    raise SystemExit(f"{command[0]} made no step within {LIMIT_SECONDS} s, or it ended; it said:\n{said}")
                time.sleep(POLL_SECONDS)
            return time.monotonic() - begin
        finally:
            end(process)
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=60)


def any_line(directory):
    try:
        return any(has_line(os.path.join(directory, name)) for name in os.listdir(directory))
    except FileNotFoundError:
        return False


def has_line(file):
    try:
        with open(file, "rb") as log:
            return b"\n" in log.read(65536)
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    sys.exit(main())
