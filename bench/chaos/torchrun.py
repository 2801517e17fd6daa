"""torchrun's restart of trivial gloo ranks: the time from the kill of one to the first step after it."""

import glob
import os
import signal
import subprocess
import tempfile
import time

from chaos.job import ChaosError

RANK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gloo_rank.py")
LIMIT_SECONDS = 120
CALM_SECONDS = 0.5
# torchrun 2.15 keeps one store for all its restarts, in which new gloo ranks find the addresses of the dead ones: of four ranks none
# came back. With this switch of its own, each restart has a store to itself.
ENVIRONMENT = {**os.environ, "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}


def measure(python, ranks, kills):
    """Seconds from each kill to the next step."""
    with tempfile.TemporaryDirectory(prefix="coxswain-torchrun-") as directory:
        log = os.path.join(directory, "steps")
        command = [python, "-m", "torch.distributed.run", "--nnodes", "1", "--nproc-per-node", str(ranks)]
        command += ["--max-restarts", str(kills + 100), "--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0", RANK, log]
        with open(os.path.join(directory, "output"), "w+b") as output:
            agent = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=ENVIRONMENT, start_new_session=True
            )
            try:
                group = Ranks(agent, log, output)
                return [group.kill_one() for _ in range(kills)]
            finally:
                end(agent, log)


class Ranks:
    """The ranks under an agent, as rank 0 writes them down: time of each step, and its process id."""

    def __init__(self, agent, log, output):
        self._agent = agent
        self._log = log
        self._output = output

    def kill_one(self):
        """Kills rank 0 in the midst of its steps; returns the seconds to the first step of its successor."""
        _, pid = self._step_of_another_than(None)
        time.sleep(CALM_SECONDS)
        start = time.time()
        os.kill(pid, signal.SIGKILL)
        at, _ = self._step_of_another_than(pid)
        return at - start

    def _step_of_another_than(self, pid):
        deadline = time.monotonic() + LIMIT_SECONDS
        while True:
            step = self._last_step()
            if step and step[1] != pid:
                return step
            if self._agent.poll() is not None or time.monotonic() > deadline:
                raise ChaosError(f"torchrun's ranks made no step within {LIMIT_SECONDS} s, or it ended; {self._last_output()}")
            time.sleep(0.005)

    def _last_step(self):
        """The last whole line; None before there is one."""
        try:
            with open(self._log, "rb") as log:
                log.seek(max(0, os.path.getsize(self._log) - 200))
                lines = log.read().split(b"\n")[:-1]
        except FileNotFoundError:
            return None
        if not lines:
            return None
        at, pid = lines[-1].split()
        return float(at), int(pid)

    def _last_output(self):
        self._output.seek(0)
        return "it said:\n" + self._output.read().decode(errors="replace")[-3000:]


def end(agent, log):
    """Ends the agent and its ranks, which have sessions of their own and outlive an agent that is killed."""
    agent.terminate()
    try:
        agent.wait(timeout=10)
    except subprocess.TimeoutExpired:
        agent.kill()
        agent.wait(timeout=10)
    for entry in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(entry, "rb") as file:
                words = file.read().split(b"\0")
            if os.fsencode(RANK) in words and os.fsencode(log) in words:
                os.kill(int(entry.split("/")[2]), signal.SIGKILL)
        except OSError:
            pass  # it has ended meanwhile
