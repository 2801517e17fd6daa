"""Processes that do not outlive the benchmark: each in a group of its own, every wait with a deadline."""

import os
import selectors
import signal
import subprocess
import tempfile
import time

ERROR_LINES = 15


class BenchError(Exception):
    """A measurement failed; the text says which, and what its process said."""


class Deadline:
    """A moment of the monotonic clock that all waits of a measurement share."""

    def __init__(self, seconds, purpose):
        self.seconds = seconds
        self.purpose = purpose
        self._at = time.monotonic() + seconds

    def remaining(self):
        """Seconds left; raises where there are none."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise BenchError(f"{self.purpose}: not done within {self.seconds} s")
        return left


class Group:
    """Processes started together: what leaves the with block, however it does, leaves none of them behind."""

    def __init__(self, deadline):
        self._deadline = deadline
        self._processes = []

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        for process in self._processes:
            process.kill()

    def start(self, name, command, environment=None):
        process = Process(name, command, environment, self._deadline)
        self._processes.append(process)
        return process

    def wait(self):
        """Waits until all have ended well; the first that has not raises."""
        running = list(self._processes)
        while running:
            self._deadline.remaining()
            running = [process for process in running if not process.ended_well()]
            if running:
                running[0].wait_a_moment()


class Process:
    """One started program. Its standard input stays open as long as this process lives: programs may take it as a lifeline."""

    def __init__(self, name, command, environment, deadline):
        self.name = name
        self._deadline = deadline
        self._output = b""
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        os.set_blocking(self._process.stdout.fileno(), False)

    def first_line(self):
        """The first line of its standard output, as soon as it is there."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._output:
                if selector.select(self._deadline.remaining()):
                    read = self._process.stdout.read()
                    if not read:
                        raise BenchError(f"{self.name} ended before its first line; {self.last_errors()}")
                    self._output += read
        return self._output.split(b"\n", 1)[0].decode()

    def output(self):
        """All that it has written to its standard output; to be called when it has ended."""
        self._output += self._process.stdout.read() or b""
        return self._output.decode()

    def ended_well(self):
        """Whether it has ended with exit code 0; raises where it has ended with another."""
        code = self._process.poll()
        if code not in (None, 0):
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            raise BenchError(f"{self.name} ended with {how}; {self.last_errors()}")
        return code == 0

    def wait_a_moment(self):
        """Until it ends, or long enough for the others to be worth a look."""
        try:
            self._process.wait(timeout=min(0.5, self._deadline.remaining()))
        except subprocess.TimeoutExpired:
            pass

    def last_errors(self):
        self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - 8192))
        lines = self._errors.read().decode(errors="replace").splitlines()[-ERROR_LINES:]
        return "its standard error ends with:\n  " + "\n  ".join(lines) if lines else "it said nothing"

    def kill(self):
        """Ends it and all that it started and left in its process group."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait(timeout=10)
        self._process.stdin.close()
        self._process.stdout.close()
        self._errors.close()


def run_to_end(name, command, seconds):
    """Runs one program; returns its standard output."""
    with Group(Deadline(seconds, name)) as group:
        process = group.start(name, command)
        group.wait()
        return process.output()
