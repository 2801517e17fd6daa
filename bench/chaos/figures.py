"""Statistics of a run, and their table."""

from chaos.choices import KINDS

REPORTED = ("epochs", "aborts", "restarts", "requests_rescheduled", "recomputed_tokens")


def recoveries(injected):
    """By kind of fault, for the kinds that happened."""
    by_kind = {kind: [fault["seconds"] for fault in injected if fault["kind"] == kind] for kind in KINDS}
    return {kind: summary(seconds) for kind, seconds in by_kind.items() if seconds}


def summary(seconds):
    ascending = sorted(seconds)
    return {"count": len(ascending), "p50": percentile(ascending, 50), "p99": percentile(ascending, 99), "max": ascending[-1]}


def percentile(ascending, percent):
    """With linear interpolation."""
    place = (len(ascending) - 1) * percent / 100
    low = int(place)
    high = min(low + 1, len(ascending) - 1)
    return ascending[low] + (ascending[high] - ascending[low]) * (place - low)


def print_result(result):
    print(f"policy {result['policy']}, {result['ranks']} ranks, seed {result['seed']}")
    print(f"{'fault':22}{'count':>6}{'p50 s':>9}{'p99 s':>9}{'max s':>9}")
    for kind, row in result["recovery_seconds"].items():
        print_row(kind, row)
    if result.get("torchrun_seconds"):
        print_row("torchrun after a kill", summary(result["torchrun_seconds"]))
    print(", ".join(f"{key} {value}" for key, value in result["report"].items()))
    print(result["history"])
    for failure in result["failures"]:
        print(f"FAILED: {failure}")


def print_row(name, row):
    print(f"{name:22}{row['count']:>6}{row['p50']:>9.3f}{row['p99']:>9.3f}{row['max']:>9.3f}")
