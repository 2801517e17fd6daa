"""Measures how long ranks take to agree before a forward pass: Coxswain beside a star in C, vLLM and torchft.

All systems run one after the other on this machine, for each number of ranks. What is measured is rank 0's time from its
report to the answer. Coxswain and the star run --steps steps; cold is the first 5,000 of them, warm is all after 100,000.
The peers run 2,000 steps; cold is the first fifth of them, warm is the rest.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import sys

from processes import BenchError
from systems import SYSTEMS, WARM_AFTER, Settings, prepare

PHASES = ("cold", "warm")


def main():
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    arguments = parse_arguments()
    settings = Settings(arguments.steps, arguments.java, arguments.python, arguments.deadline)
    try:
        systems = prepare(arguments.systems, settings)
        print_machine()
        results = [result for ranks in arguments.ranks for result in measure_all(systems, ranks)]
    except BenchError as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print_table([system.name for system in systems], results)
    if arguments.json:
        with open(arguments.json, "w", encoding="ascii") as file:
            json.dump(results, file, indent=1)
            file.write("\n")
    return 0


def measure_all(systems, ranks):
    for system in systems:
        print(f"measuring {system.name} with {ranks} ranks", file=sys.stderr)
        measured = system.measure(ranks)
        for phase in PHASES:
            if measured[phase] is not None:
                yield {"system": system.name, "ranks": ranks, "phase": phase, **measured[phase]}


def print_machine():
    one_minute_load = os.getloadavg()[0]
    print(
        f"{platform.system()} {platform.release()} {platform.machine()}, {len(os.sched_getaffinity(0))} cores,"
        f" load average {one_minute_load:.2f} before the start",
        flush=True,
    )


def print_table(names, results):
    """One line for each number of ranks and phase: p50/p99 of each system, then how p50 compares with Coxswain's."""
    cells = {(result["ranks"], result["phase"], result["system"]): result for result in results}
    compared = [name for name in names if name != "coxswain"] if "coxswain" in names else []
    header = ["ranks", "phase", *(f"{name} p50/p99 us" for name in names), *(ratio_name(name) for name in compared)]
    lines = [header]
    for ranks, phase in sorted({(result["ranks"], result["phase"]) for result in results}):
        line = [str(ranks), phase]
        line += [latency(cells.get((ranks, phase, name))) for name in names]
        line += [ratio(name, cells.get((ranks, phase, "coxswain")), cells.get((ranks, phase, name))) for name in compared]
        lines.append(line)
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for line in lines:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths)))


def latency(result):
    return f"{result['p50_us']:.1f}/{result['p99_us']:.1f}" if result else "-"


def ratio_name(name):
    return "coxswain/raw-c" if name == "raw-c" else f"{name}/coxswain"


def ratio(name, ours, theirs):
    if not ours or not theirs:
        return "-"
    over, under = (ours, theirs) if name == "raw-c" else (theirs, ours)
    return f"{over['p50_us'] / under['p50_us']:.2f}"


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="bench.sh agreement", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--ranks", type=rank_list, default=[2, 4, 8], metavar="N,...", help="processes that agree, 2 to 64 (default: 2,4,8)")
    add(
        "--steps",
        type=whole_number(10, 10_000_000),
        default=150_000,
        metavar="N",
        help=f"steps of coxswain and raw-c, 10 to 10000000 (default: 150000); up to {WARM_AFTER} none is warm",
    )
    add("--systems", type=system_list, default=list(SYSTEMS), metavar="NAME,...", help="(default: " + ",".join(SYSTEMS) + ")")
    add("--json", metavar="FILE", help="also write a list of system, ranks, phase, p50_us and p99_us there")
    add("--java", type=program, default=default_java(), metavar="PROGRAM", help="for coxswain (default: JAVA_HOME's, else java)")
    add(
        "--python",
        type=program,
        default=os.environ.get("COXSWAIN_BENCH_PYTHON", "python3"),
        metavar="PROGRAM",
        help="that has the peers (default: COXSWAIN_BENCH_PYTHON, else python3)",
    )
    add(
        "--deadline",
        type=whole_number(1, 86_400),
        default=600,
        metavar="SECONDS",
        help="longest time of one system at one number of ranks, 1 to 86400 (default: 600)",
    )
    return parser.parse_args()


def default_java():
    return os.path.join(os.environ["JAVA_HOME"], "bin", "java") if os.environ.get("JAVA_HOME") else "java"


def program(text):
    if shutil.which(text) is None:
        raise argparse.ArgumentTypeError(f"{text} is not a program that can be run")
    return text


def whole_number(least, most):
    def parse(text):
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text} is not allowed; allowed is {least} to {most}")
        return int(text)

    return parse


def rank_list(text):
    return [whole_number(2, 64)(part) for part in text.split(",")]


def system_list(text):
    names = text.split(",")
    for name in names:
        if name not in SYSTEMS:
            raise argparse.ArgumentTypeError(f"{name} is unknown; allowed is {', '.join(SYSTEMS)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
