"""Whether a job came through: its end, its totals, its history, and what is left of it."""

import os
import subprocess

from chaos import figures
from chaos.job import ROOT


def conclude(job, totals, seconds):
    """Waits for the job's end; returns what it and its history say, and all that is wrong with it."""
    code = job.wait(seconds)
    left = job.processes()
    report = job.report() if code == 0 else {}
    checked = history(job)
    failures = [f"the launcher ended with {code}; {job.last_lines()}"] if code else wrong_totals(report, totals)
    if left:
        failures.append(f"processes are left: {left}")
    if not checked.startswith("all ranks agreed"):
        failures.append("the history is not one")
    return {"report": {key: report.get(key) for key in figures.REPORTED}, "history": checked, "failures": failures}


def wrong_totals(report, totals):
    """What of the report is not as the trace has it."""
    expected = totals._asdict()
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
