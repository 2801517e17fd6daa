"""Statistics of a run, and their table."""

REPORTED = ("epochs", "aborts", "restarts", "requests_rescheduled", "recomputed_tokens")


def by_kind(injected, figure, kinds):
    """The summary of a figure by kind of fault, for those of the kinds that happened."""
    seconds = {kind: [fault[figure] for fault in injected if fault["kind"] == kind] for kind in kinds}
    return {kind: summary(values) for kind, values in seconds.items() if values}


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
    print(f"policy {result['policy']}, {result['ranks']} ranks, seed {result['seed']}, {load(result)}")
    print_table("fault", result["recovery_seconds"])
    if result.get("torchrun_seconds"):
        print_row("torchrun after a kill", summary(result["torchrun_seconds"]))
    print_end(result)


def load(result):
    return f"load average {result['load_average_before']:.2f} before the start"


def print_end(result):
    print(", ".join(f"{key} {value}" for key, value in result["report"].items()))
    print(result["history"])
    for failure in result["failures"]:
        print(f"FAILED: {failure}")


def print_table(title, rows):
    print(f"{title:22}{'count':>6}{'p50 s':>9}{'p99 s':>9}{'max s':>9}")
    for name, row in rows.items():
        print_row(name, row)


def print_row(name, row):
    print(f"{name:22}{row['count']:>6}{row['p50']:>9.3f}{row['p99']:>9.3f}{row['max']:>9.3f}")
