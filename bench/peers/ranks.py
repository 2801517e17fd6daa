"""What the peers' programs share: one process per rank, none of which outlives a deadline, and rank 0's percentiles."""

import argparse
import importlib.metadata
import json
import multiprocessing
import multiprocessing.connection
import signal
import sys
import time
from dataclasses import dataclass

NOT_INSTALLED = 69  # EX_UNAVAILABLE of sysexits.h
START_METHOD = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Run:
    """One measurement: cold is the first `cold_steps` steps, warm is all after `warm_after`."""

    ranks: int
    steps: int
    cold_steps: int
    warm_after: int
    deadline_seconds: int


def num_tokens(step, rank):
    """The load that all systems are measured with: it differs by step and by rank."""
    return 1 + (step * 7 + rank * 13) % 200


def run_from_command_line(description, distribution, check):
    """Reads the arguments; with --check it says the installed version, or what is missing, and ends the program."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="print the installed version, measure nothing")
    for name in ("ranks", "steps", "cold_steps", "warm_after", "deadline_seconds"):
        parser.add_argument(name, type=int, nargs="?")
    values = vars(parser.parse_args())
    if values.pop("check"):
        signal.alarm(120)
        try:
            check()
            print(importlib.metadata.version(distribution))
        except ImportError as missing:
            print(missing, file=sys.stderr)
            sys.exit(NOT_INSTALLED)
        sys.exit(0)
    absent = [name for name, value in values.items() if value is None]
    if absent:
        parser.error("missing: " + ", ".join(absent))
    return Run(**values)


def measure(run, agree_once):
    """Calls `agree_once(step)` for all steps and returns each call's nanoseconds."""
    nanos = []
    for step in range(run.steps):
        start = time.perf_counter_ns()
        agree_once(step)
        nanos.append(time.perf_counter_ns() - start)
    return nanos


def measure_in_processes(system, run, rank_main, *shared):
    """Runs `rank_main(run, rank, *shared)`, which returns a rank's nanoseconds, in a process per rank, and prints rank 0's."""
    signal.alarm(run.deadline_seconds)
    results, result_of_rank_0 = START_METHOD.Pipe(duplex=False)
    processes = []
    for rank in range(run.ranks):
        result = result_of_rank_0 if rank == 0 else None
        processes.append(START_METHOD.Process(target=_rank, args=(run, rank, result, rank_main, shared), daemon=True))
    for process in processes:
        process.start()
    phases = None
    running = {process.sentinel: rank for rank, process in enumerate(processes)}
    while running:
        waited_for = [*running, results] if phases is None else [*running]
        for ready in multiprocessing.connection.wait(waited_for):
            if ready is results:
                phases = results.recv()
                continue
            rank = running.pop(ready)
            processes[rank].join()
            if processes[rank].exitcode != 0:
                sys.exit(f"{system}: rank {rank} ended with exit code {processes[rank].exitcode}")
    print(json.dumps({"system": system, "ranks": run.ranks, **phases}))


def _rank(run, rank, result, rank_main, shared):
    # Whatever a rank waits for, in Python or below it, it ends by then.
    signal.alarm(run.deadline_seconds)
    nanos = rank_main(run, rank, *shared)
    if result is not None:
        result.send({"cold": _percentiles(nanos[: run.cold_steps]), "warm": _percentiles(nanos[run.warm_after :])})


def _percentiles(nanos):
    if not nanos:
        return None
    ordered = sorted(nanos)
    return {f"p{percent}_us": round(ordered[-(-len(ordered) * percent // 100) - 1] / 1000, 1) for percent in (50, 99)}
