"""The job under test, seen from outside: its launcher, its processes by /proc, its report."""

import glob
import json
import os
import signal
import subprocess
from typing import NamedTuple

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROMPT_TOKENS = 20
REQUESTS_PER_SECOND = 4


class ChaosError(Exception):
    """The run failed; the text says what was seen."""


class Totals(NamedTuple):
    """What a job has to have done at its end, by the names of its report."""

    requests_completed: int
    prompt_tokens: int
    generated_tokens: int


def write_trace(path, seconds, generated_tokens):
    """Requests for so many seconds, paced, so that there is work until the last fault; returns what they come to."""
    requests = seconds * REQUESTS_PER_SECOND
    with open(path, "w", encoding="ascii") as file:
        file.write("TIMESTAMP,ContextTokens,GeneratedTokens\n")
        for index in range(requests):
            at = index / REQUESTS_PER_SECOND
            minutes, rest = divmod(at, 60)
            hours, minutes = divmod(int(minutes), 60)
            file.write(f"2023-11-16 {hours:02d}:{minutes:02d}:{rest:010.7f},{PROMPT_TOKENS},{generated_tokens}\n")
    return Totals(requests, requests * PROMPT_TOKENS, requests * generated_tokens)


def launch_command(arguments, name, trace, directory):
    """Of a job whose launcher restarts its workers as often as it takes."""
    command = [os.path.join(ROOT, "scripts", "launch.sh"), "--nproc-per-node", str(arguments.ranks), "--job", name]
    command += ["--device", arguments.device, "--max-restarts", "1000", "--restart-window", "1h", "--trace", trace, "--speed", "1"]
    command += ["--hidden-width", "32", "--inner-width", "64", "--step-log", os.path.join(directory, "steps")]
    return command + ["--report", os.path.join(directory, "report.json"), "--verify"]


class Job:
    """One launch. Leaving the with block leaves no process of it behind."""

    def __init__(self, arguments, directory, name, environment=None):
        self.name = name
        self.logs = os.path.join(directory, "steps")
        self.report_file = os.path.join(directory, "report.json")
        self.output_file = os.path.join(directory, "launcher.log")
        self._command = arguments
        self._environment = environment

    def __enter__(self):
        with open(self.output_file, "wb") as output:
            self._launcher = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
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
                self._launcher.wait(timeout=10)
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it has ended by itself meanwhile

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
        return [pid for pid, words in command_lines() if option(words, "--job") == self.name]

    def workers(self):
        """Process ids of the workers that there are, by place and attempt."""
        workers = {}
        for pid, words in command_lines():
            place = option(words, "--place")
            if place is not None and option(words, "--job") == self.name:
                workers[int(place), int(option(words, "--attempt") or 0)] = pid
        return workers

    def coordinator_port(self):
        """The port that control streams go to, as the launcher says it."""
        with open(self.output_file, encoding="utf-8", errors="replace") as output:
            for line in output:
                if "coordinator at " in line:
                    return int(line.split("coordinator at ")[1].split(",")[0].rsplit(":", 1)[1])
        raise ChaosError(f"the launcher did not say where the coordinator is; {self.last_lines()}")

    def report(self):
        with open(self.report_file, encoding="utf-8") as file:
            return json.load(file)


def option(words, flag):
    """The word after a flag; None where the flag is not there."""
    return words[words.index(flag) + 1] if flag in words[:-1] else None


def command_lines():
    for entry in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(entry, "rb") as file:
                words = file.read().decode(errors="replace").split("\0")
        except OSError:
            continue  # it has ended meanwhile
        if words and words[0].endswith("java"):
            yield int(entry.split("/")[2]), words
