"""Launches a small job many times in a row, ends half of the launches at random moments, and looks for what is left behind."""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HOME = os.environ["COXSWAIN_HOME"]
# Marks all processes of a launch, since each inherits the environment.
MARK = "COXSWAIN_TEST_LAUNCH"
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]
FLAGS = ["--device", "cpu", "--hidden-width", "32", "--inner-width", "64", "--term-grace", "1s"]
LIMIT_SECONDS = 180
# A launcher that is killed cannot wait for its children: the kernel closes their lifelines, and they end.
GONE_SECONDS = 10


def main():
    parser = argparse.ArgumentParser(prog="test-launches.sh", description=__doc__)
    parser.add_argument("--launches", type=int, default=20, help="how many (default: %(default)s)")
    parser.add_argument("--interrupted", type=int, default=10, help="how many of them are ended (default: %(default)s)")
    parser.add_argument("--ranks", type=int, default=2, help="ranks of each (default: %(default)s)")
    parser.add_argument("--requests", type=int, default=40, help="requests of each (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32), help="of the moments and signals")
    arguments = parser.parse_args()
    if not 0 <= arguments.interrupted <= arguments.launches:
        parser.error(f"--interrupted is {arguments.interrupted}; allowed are 0 to --launches, which is {arguments.launches}")
    print(f"seed {arguments.seed}", flush=True)
    # What this process ignores, run by nohup or in the background of a script, its launchers would ignore as well.
    for ignored in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(ignored) == signal.SIG_IGN:
            signal.signal(ignored, signal.SIG_DFL)
    return Launches(arguments).run()


class Launches:
    """All launches, one after the other."""

    def __init__(self, arguments):
        self._arguments = arguments
        self._random = random.Random(arguments.seed)
        self._faults = []
        self._whole = []

    def run(self):
        """Returns the exit code."""
        plan = [True] * self._arguments.interrupted + [False] * (self._arguments.launches - self._arguments.interrupted)
        self._random.shuffle(plan)
        # How long a whole launch takes is known only after one.
        if False in plan:
            plan.remove(False)
            plan.insert(0, False)
        for number, interrupted in enumerate(plan):
            self._launch(number, interrupted)
        print(
            f"{len(plan)} launches, {self._arguments.interrupted} of them interrupted: "
            + (f"{len(self._faults)} left something or ended wrongly" if self._faults else "no process, port or file is left")
        )
        return 1 if self._faults else 0

    def _launch(self, number, interrupted):
        directory = tempfile.mkdtemp(prefix="coxswain-launches-")
        try:
            after = self._random.uniform(0.05, min(self._whole, default=8.0)) if interrupted else None
            how = self._random.choice(SIGNALS) if interrupted else None
            launch = Launch(self._arguments, number, directory)
            line = launch.run(after, how)
            if not interrupted:
                self._whole.append(launch.seconds)
            faults = launch.faults(how)
            print(f"launch {number + 1}: {line}" + "".join(f"\n  FAULT: {fault}" for fault in faults), flush=True)
            if faults:
                print(launch.output(), flush=True)
            self._faults += faults
        finally:
            shutil.rmtree(directory)


class Launch:
    """One launch, in a directory that is all it may write to."""

    def __init__(self, arguments, number, directory):
        self._arguments = arguments
        self._mark = f"{os.getpid()}-{number}"
        self._directory = directory
        self._log = os.path.join(directory, "launcher.log")
        self._runtime = os.path.join(directory, "runtime")
        self._temporary = os.path.join(directory, "tmp")
        self._code = None
        self._ports = set()
        self.seconds = 0.0
        os.mkdir(self._runtime, 0o700)
        os.mkdir(self._temporary)

    def run(self, after, how):
        """Runs it, and ends it by a signal after so many seconds where there is one; returns a line on how it went."""
        java = f"-Djava.io.tmpdir={self._temporary}"
        environment = {
            **os.environ,
            MARK: self._mark,
            "XDG_RUNTIME_DIR": self._runtime,
            "TMPDIR": self._temporary,
            "COXSWAIN_JAVA_OPTS": java + " -XX:-UsePerfData",
        }
        command = [os.path.join(HOME, "scripts", "launch.sh"), *FLAGS, "--worker-java-opts", java]
        command += ["--nproc-per-node", str(self._arguments.ranks)]
        # One that is to be interrupted has more requests than it can be through with.
        command += ["--max-requests", str(self._arguments.requests)] if how is None else ["--speed", "1"]
        begin = time.monotonic()
        with open(self._log, "wb") as log:
            launcher = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
            try:
                self._await(launcher, LIMIT_SECONDS if after is None else after)
                if how is not None and launcher.poll() is None:
                    launcher.send_signal(how)
                    self._await(launcher, LIMIT_SECONDS)
            finally:
                if launcher.poll() is None:
                    launcher.kill()
                self._code = launcher.wait()
        self.seconds = time.monotonic() - begin
        ended = "ran to its end" if how is None else f"{how.name} after {after:.2f} s"
        return f"{ended}, exit code {self._code}, {self.seconds:.1f} s, {len(self._ports)} ports were listened at"

    def _await(self, launcher, seconds):
        end = time.monotonic() + seconds
        while launcher.poll() is None and time.monotonic() < end:
            self._ports |= listening(set(marked(self._mark)))
            time.sleep(min(0.1, max(0.0, end - time.monotonic())))

    def faults(self, how):
        """What is left, or ended wrongly."""
        end = time.monotonic() + GONE_SECONDS
        while marked(self._mark) and time.monotonic() < end:
            time.sleep(0.05)
        faults = []
        wanted = {0} if how is None else {-how, 128 + how}
        if self._code not in wanted:
            faults.append(f"exit code {self._code}, expected one of {sorted(wanted)}")
        left = marked(self._mark)
        faults += [f"process {pid} is left: {command(pid)}" for pid in left]
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        faults += [f"port {port} is still listened at" for port in self._ports & listening(None)]
        files = [os.path.join(path, name) for path, _, names in os.walk(self._directory) for name in names]
        faults += [f"file {name} is left" for name in files if name != self._log and not self._is_excused(name, how)]
        return faults

    def _is_excused(self, name, how):
        """A coordinator that is killed cannot take its entry away; the next one that looks does, since the process is gone."""
        return how == signal.SIGKILL and name.startswith(self._runtime)

    def output(self):
        with open(self._log, encoding="utf-8", errors="replace") as log:
            return "".join("    " + line for line in log.readlines()[-40:])


def marked(mark):
    """Processes of a launch that are not dead."""
    found = []
    wanted = f"{MARK}={mark}".encode()
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/environ", "rb") as environ:
                    if wanted in environ.read().split(b"\0"):
                        found.append(int(name))
            except OSError:
                pass  # it has ended meanwhile, or is another user's
    return found


def command(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as words:
            return words.read().replace(b"\0", b" ").decode(errors="replace")[:200]
    except OSError:
        return "(it has ended since)"


def listening(pids):
    """TCP ports that are listened at, by these processes or, for None, by anybody."""
    ports = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table, encoding="ascii") as lines:
            for line in lines.readlines()[1:]:
                fields = line.split()
                if fields[3] == "0A":
                    ports[fields[9]] = int(fields[1].rsplit(":", 1)[1], 16)
    if pids is None:
        return set(ports.values())
    mine = set()
    for pid in pids:
        try:
            for name in os.listdir(f"/proc/{pid}/fd"):
                link = os.readlink(f"/proc/{pid}/fd/{name}")
                if link.startswith("socket:[") and link[8:-1] in ports:
                    mine.add(ports[link[8:-1]])
        except OSError:
            pass  # it has ended meanwhile
    return mine


if __name__ == "__main__":
    sys.exit(main())
