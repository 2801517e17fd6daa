"""What the programs that do faults to a job have in common: their files, their end, their output, their numbers."""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile

from chaos.job import ChaosError


def main(arguments, run, print_result):
    """Runs with a directory, which stays where something failed; returns the exit code."""
    # So that with blocks end what they started.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    directory = tempfile.mkdtemp(prefix="coxswain-chaos-")
    load = os.getloadavg()[0]
    try:
        result = {"load_average_before": load, **run(arguments, directory)}
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
    print_result(result)
    if arguments.json:
        with open(arguments.json, "w", encoding="ascii") as file:
            json.dump(result, file, indent=1)
            file.write("\n")
    return 1 if result["failures"] else 0


def parser(name, description):
    made = argparse.ArgumentParser(prog=name, description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--ranks", type=at_least(2), default=4, metavar="N", help="(default: 4)")
    made.add_argument("--device", choices=("auto", "cuda", "cpu"), default="cpu", help="(default: cpu)")
    made.add_argument(
        "--generated-tokens",
        type=at_least(1),
        default=300,
        metavar="N",
        help="of each request, four of which come per second; with too few the group waits between them (default: 300)",
    )
    made.add_argument("--seed", type=int, default=1, metavar="N", help="of the choice of faults (default: 1)")
    made.add_argument("--json", metavar="FILE", help="also write everything there")
    return made


def at_least(least):
    def whole_number(text):
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"is {text}; allowed is a whole number from {least}")
        return int(text)

    return whole_number


def say(text):
    print(text, file=sys.stderr, flush=True)
