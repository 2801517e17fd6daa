"""torchrun's restart of trivial gloo ranks: the time from the kill of one to the first step after it."""

import os
import signal
import subprocess
import tempfile
import time

RANK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gloo_rank.py")
LIMIT_SECONDS = 120


def measure(python, ranks, kills):
    """Seconds from each kill to the next step."""
    seconds = []
    with tempfile.TemporaryDirectory(prefix="coxswain-torchrun-") as directory:
        log = os.path.join(directory, "steps")
        command = [python, "-m", "torch.distributed.run", "--nnodes", "1", "--nproc-per-node", str(ranks)]
        command += ["--max-restarts", "100", "--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0", RANK, log]
        output = open(os.path.join(directory, "output"), "wb")
        with output, subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True) as agent:
            try:
                wait_for_step(log, 0)
                for _ in range(kills):
                    time.sleep(0.5)
                    pid = int(last_line(log).split()[1])
                    start = time.time()
                    os.kill(pid, signal.SIGKILL)
                    wait_for_new_process(log, pid)
                    seconds.append(float(last_line(log).split()[0]) - start)
            finally:
                os.killpg(agent.pid, signal.SIGKILL)
    return seconds


def last_line(log):
    try:
        with open(log, encoding="ascii") as file:
            lines = file.read().splitlines()
        return lines[-1] if lines else ""
    except FileNotFoundError:
        return ""


def wait_for_step(log, after):
    deadline = time.monotonic() + LIMIT_SECONDS
    while not last_line(log):
        if time.monotonic() > deadline:
            raise RuntimeError(f"torchrun's ranks made no step within {LIMIT_SECONDS} s")
        time.sleep(0.01)


def wait_for_new_process(log, pid):
    deadline = time.monotonic() + LIMIT_SECONDS
    while int(last_line(log).split()[1]) == pid:
        if time.monotonic() > deadline:
            raise RuntimeError(f"torchrun's ranks did not come back within {LIMIT_SECONDS} s")
        time.sleep(0.005)
