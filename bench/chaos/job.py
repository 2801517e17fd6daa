"""The job under test, seen from outside: its processes by /proc, its steps by the logs that its members write."""

import glob
import json
import os
import re
import signal
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROMPT_TOKENS = 20
GENERATED_TOKENS = 300
REQUESTS_PER_SECOND = 4


class ChaosError(Exception):
    """The run failed; the text says what was seen."""


def write_trace(path, seconds):
    """Requests for so many seconds, paced, so that the group is never without work; returns how many."""
    requests = seconds * REQUESTS_PER_SECOND
    with open(path, "w", encoding="ascii") as file:
        file.write("TIMESTAMP,ContextTokens,GeneratedTokens\n")
        for index in range(requests):
            at = index / REQUESTS_PER_SECOND
            minutes, rest = divmod(at, 60)
            hours, minutes = divmod(int(minutes), 60)
            file.write(f"2023-11-16 {hours:02d}:{minutes:02d}:{rest:010.7f},{PROMPT_TOKENS},{GENERATED_TOKENS}\n")
    return requests


class Job:
    """One launch. Leaving the with block leaves no process of it behind."""

    def __init__(self, arguments, directory, name):
        self.name = name
        self.directory = directory
        self.logs = os.path.join(directory, "steps")
        self.report_file = os.path.join(directory, "report.json")
        self.output_file = os.path.join(directory, "launcher.log")
        self._offsets = {}
        self._command = arguments

    def __enter__(self):
        with open(self.output_file, "wb") as output:
            self._launcher = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def __exit__(self, *raised):
        if self._launcher.poll() is None:
            self._launcher.terminate()
            try:
                self._launcher.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self._launcher.kill()
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)

    def exit_code(self):
        return self._launcher.poll()

    def wait(self, seconds):
        try:
            return self._launcher.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise ChaosError(f"the job has not ended within {seconds} s; {self.last_lines()}") from None

    def require_alive(self):
        if self.exit_code() is not None:
            raise ChaosError(f"the launcher ended with {self.exit_code()} in the middle of the run; {self.last_lines()}")

    def last_lines(self):
        with open(self.output_file, encoding="utf-8", errors="replace") as output:
            return "its last lines:\n  " + "".join(output.readlines()[-30:]).replace("\n", "\n  ")

    def processes(self):
        """All Java processes of this job, by their command lines."""
        return [pid for pid, words in command_lines() if "--job" in words and words[words.index("--job") + 1] == self.name]

    def workers(self):
        """Process ids of the running workers by place."""
        workers = {}
        for pid, words in command_lines():
            if "--place" in words and "--job" in words and words[words.index("--job") + 1] == self.name:
                workers[int(words[words.index("--place") + 1])] = pid
        return workers

    def new_steps(self):
        """Lines of the step logs that came since the last call, as (epoch, step, file)."""
        steps = []
        for path in glob.glob(os.path.join(self.logs, "*.jsonl")):
            with open(path, "rb") as file:
                file.seek(self._offsets.get(path, 0))
                data = file.read()
            whole = data.rfind(b"\n") + 1
            self._offsets[path] = self._offsets.get(path, 0) + whole
            for line in data[:whole].splitlines():
                found = re.match(rb'\{"term":\d+,"epoch":(\d+),"step":(\d+)', line)
                if found:
                    steps.append((int(found.group(1)), int(found.group(2)), path))
        return steps

    def report(self):
        with open(self.report_file, encoding="utf-8") as file:
            return json.load(file)


def command_lines():
    for entry in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(entry, "rb") as file:
                words = file.read().decode(errors="replace").split("\0")
        except OSError:
            continue  # it has ended meanwhile
        if words and words[0].endswith("java"):
            yield int(entry.split("/")[2]), words


class Watch:
    """Follows the steps of a job."""

    def __init__(self, job):
        self._job = job
        self.last = (0, -1)
        self._epoch_files = set()

    def poll(self):
        """Whether a step was executed that is beyond all before."""
        news = False
        for epoch, step, path in self._job.new_steps():
            if epoch > self.last[0]:
                self._epoch_files = set()
            if (epoch, step) > self.last:
                self.last = (epoch, step)
                news = True
            if epoch == self.last[0]:
                self._epoch_files.add(path)
        return news

    def ranks(self):
        """How many ranks have executed a step of the latest epoch."""
        return len(self._epoch_files)

    def has(self, place):
        """Whether this place's rank is one of them; a process that only starts is no part of the group yet."""
        return any(os.path.basename(path).startswith(f"place-{place}-") for path in self._epoch_files)

    def wait(self, condition, seconds, what):
        """Polls until the condition holds; returns when that was."""
        deadline = time.monotonic() + seconds
        while True:
            self.poll()
            now = time.monotonic()
            if condition():
                return now
            self._job.require_alive()
            if now > deadline:
                raise ChaosError(
                    f"{what}: not within {seconds} s; the last step is {self.last[1]} of epoch {self.last[0]}, of"
                    f" {self.ranks()} ranks; {self._job.last_lines()}"
                )
            time.sleep(0.003)
