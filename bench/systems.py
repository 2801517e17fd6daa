"""The systems that agree: how each is started, and for how many steps."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from processes import BenchError, Deadline, Group, run_to_end

HOME = Path(__file__).resolve().parent.parent
COLD_STEPS = 5000
WARM_AFTER = 100000
PEER_STEPS = 2000
# What a peer needs to settle; it has no just-in-time compiler that warms up for longer.
PEER_WARM_AFTER = PEER_STEPS // 5
NOT_INSTALLED = 69


@dataclass(frozen=True)
class Settings:
    """What the measurements are made with."""

    steps: int
    java: str
    python: str
    deadline_seconds: int


class RawC:
    """The star in C, built from the source beside this file."""

    name = "raw-c"

    def __init__(self, settings):
        self._settings = settings
        self._program = HOME / "bench" / "target" / "raw_tcp_star"

    def prepare(self):
        source = HOME / "bench" / "raw_tcp_star.c"
        self._program.parent.mkdir(exist_ok=True)
        options = ["-O2", "-std=c11", "-Wall", "-Wextra", "-Werror"]
        run_to_end("gcc", ["gcc", *options, "-o", str(self._program), str(source)], 60)
        return "built"

    def measure(self, ranks):
        seconds = self._settings.deadline_seconds
        arguments = [ranks, self._settings.steps, COLD_STEPS, WARM_AFTER, seconds]
        return json.loads(run_to_end(self.name, [str(self._program), *map(str, arguments)], seconds))


class PythonPeer:
    """A peer whose program runs in the Python that has it installed."""

    def __init__(self, name, program, settings):
        self.name = name
        self._settings = settings
        self._command = [settings.python, str(HOME / "bench" / "peers" / program)]

    def prepare(self):
        """The installed version; raises NotInstalledError where there is none."""
        checked = subprocess.run([*self._command, "--check"], capture_output=True, text=True, timeout=120, check=False)
        if checked.returncode == NOT_INSTALLED:
            raise NotInstalledError(checked.stderr.strip().splitlines()[-1])
        if checked.returncode != 0:
            raise BenchError(f"{self.name} cannot be checked:\n{checked.stderr[-2000:]}")
        return checked.stdout.strip().splitlines()[-1]

    def measure(self, ranks):
        seconds = self._settings.deadline_seconds
        arguments = [ranks, PEER_STEPS, PEER_WARM_AFTER, PEER_WARM_AFTER, seconds]
        output = run_to_end(self.name, [*self._command, *map(str, arguments)], seconds)
        return json.loads(output.strip().splitlines()[-1])


class NotInstalledError(Exception):
    """A peer is not there; the text says what is missing."""


class Coxswain:
    """The production coordinator and step client: one coordinator process, and one process per rank."""

    name = "coxswain"

    def __init__(self, settings):
        self._settings = settings
        self._java_version = 0

    def prepare(self):
        version = subprocess.run([self._settings.java, "-version"], capture_output=True, text=True, timeout=60, check=True)
        first_line = version.stderr.splitlines()[0]
        self._java_version = int(re.search(r'"(\d+)', first_line).group(1))
        for module in ("coordinator", "worker"):
            if not (HOME / module / "target" / "lib").is_dir():
                raise BenchError(f"{module}/target/lib is missing; build it with: mvn -DskipTests package")
        return "java " + first_line.split('"')[1]

    def measure(self, ranks):
        deadline = Deadline(self._settings.deadline_seconds, f"{self.name} with {ranks} ranks")
        job = f"bench-{os.getpid()}-{ranks}"
        with Group(deadline) as group:
            addresses = ",".join(self._start_coordinators(group, self._coordinator_command(job, ranks)))
            workers = [
                group.start(f"rank {rank}", self._rank_command(job, ranks, rank, addresses)) for rank in range(ranks)
            ]
            group.wait()
            return json.loads(workers[0].output())

    def _start_coordinators(self, group, command):
        """Where each serves."""
        return [group.start("the coordinator", command).first_line()]

    def _coordinator_command(self, job, ranks):
        main = "io.coxswain.coordinator.CoordinatorMain"
        arguments = ["--job", job, "--world-size", str(ranks), "--port", "0", "--linger", "1s", "--lifeline"]
        return [*self._jvm("coordinator", ranks), main, *arguments]

    def _rank_command(self, job, ranks, rank, addresses):
        main = "io.coxswain.worker.bench.AgreementRank"
        place = ["--coordinator", addresses, "--job", job, "--world-size", str(ranks), "--place", str(rank)]
        steps = ["--steps", self._settings.steps, "--cold-steps", COLD_STEPS, "--warm-after", WARM_AFTER]
        return [*self._jvm("worker", ranks), main, *place, *map(str, steps)]

    def _jvm(self, module, ranks):
        """The options that scripts/launch.sh gives its processes."""
        heap = {"coordinator": "256m", "worker": "512m"}[module]
        target = HOME / module / "target"
        options = [
            "-XX:+UseSerialGC",
            "-Xms32m",
            f"-Xmx{heap}",
            f"-XX:MaxDirectMemorySize={heap}",
            f"-XX:ActiveProcessorCount={max(1, len(os.sched_getaffinity(0)) // ranks)}",
            "-XX:-UsePerfData",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:+ErrorFileToStderr",
        ]
        if self._java_version >= 24:
            options += ["--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"]
        return [self._settings.java, *options, "-cp", f"{target / 'classes'}:{target / 'lib'}/*"]


class CoxswainReplicated(Coxswain):
    """The same with three replicas of the coordinator, of which one leads."""

    name = "coxswain-3-replicas"

    def _start_coordinators(self, group, command):
        stores = [f"127.0.0.1:{port}" for port in free_ports(3)]
        replicas = [
            group.start(f"the coordinator at {store}", [*command, "--replicas", ",".join(stores), "--replica-address", store])
            for store in stores
        ]
        return [replica.first_line() for replica in replicas]


def free_ports(count):
    """That are free now; they are held until all are known, so that they differ."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


SYSTEMS = {
    "coxswain": Coxswain,
    "raw-c": RawC,
    "vllm": lambda settings: PythonPeer("vllm", "vllm_agreement.py", settings),
    "torchft": lambda settings: PythonPeer("torchft", "torchft_quorum.py", settings),
}


def prepare(names, settings):
    """The systems that can be measured, ready for it; those that are not installed are named and left out."""
    ready = []
    for name in names:
        system = SYSTEMS[name](settings)
        try:
            print(f"{name}: {system.prepare()}", file=sys.stderr)
            ready.append(system)
        except NotInstalledError as missing:
            print(f"{name}: not installed for {settings.python}, left out ({missing})", file=sys.stderr)
    return ready
