"""Measures what replicas of the coordinator cost a step: one coordinator beside three, in turn.

Each round measures both with the same ranks, one after the other; the order changes with every round. What is measured is rank
0's time from its report to the answer, in the steps after the first 100,000. The ratio is that of the medians of the rounds.
"""

import argparse
import statistics
import sys

from agreement import default_java, print_machine, program, whole_number
from processes import BenchError
from systems import WARM_AFTER, Coxswain, CoxswainReplicated, Settings


def main():
    arguments = parse_arguments()
    settings = Settings(arguments.steps, arguments.java, "python3", arguments.deadline)
    systems = [Coxswain(settings), CoxswainReplicated(settings)]
    try:
        for system in systems:
            print(f"{system.name}: {system.prepare()}", file=sys.stderr)
        print_machine()
        figures = measure(systems, arguments.ranks, arguments.rounds)
    except BenchError as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    one, three = (statistics.median(figures[system.name]) for system in systems)
    print(f"{arguments.ranks} ranks, {arguments.rounds} rounds: p50 {one:.1f} us with one coordinator, {three:.1f} us with three: {three / one:.3f}")
    return 0


def measure(systems, ranks, rounds):
    """Each system's p50 of each round, in microseconds."""
    figures = {system.name: [] for system in systems}
    for number in range(rounds):
        for system in systems if number % 2 == 0 else reversed(systems):
            figures[system.name].append(system.measure(ranks)["warm"]["p50_us"])
        of_round = ", ".join(f"{name} {values[-1]:.1f} us" for name, values in figures.items())
        print(f"round {number + 1}: {of_round}", flush=True)
    return figures


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="bench.sh replicas", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--ranks", type=whole_number(2, 64), default=4, metavar="N", help="processes that agree, 2 to 64 (default: 4)")
    add("--rounds", type=whole_number(1, 100), default=5, metavar="N", help="1 to 100 (default: 5)")
    add(
        "--steps",
        type=whole_number(WARM_AFTER + 1, 10_000_000),
        default=150_000,
        metavar="N",
        help=f"of each run, {WARM_AFTER + 1} to 10000000 (default: 150000)",
    )
    add("--java", type=program, default=default_java(), metavar="PROGRAM", help="(default: JAVA_HOME's, else java)")
    add(
        "--deadline",
        type=whole_number(1, 86_400),
        default=600,
        metavar="SECONDS",
        help="longest time of one run, 1 to 86400 (default: 600)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
