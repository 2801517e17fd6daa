"""The steps of a running job, as the logs of its members tell them."""

import os
import re
import time
from typing import NamedTuple

from chaos.job import ChaosError

POLL_SECONDS = 0.003
START_LIMIT_SECONDS = 120
RECOVERY_LIMIT_SECONDS = 60
END_LIMIT_SECONDS = 600
STEPS_ON_THEIR_WAY = 2
LOG_NAME = re.compile(r"place-(\d+)-attempt-(\d+)\.jsonl")
POSITION = re.compile(rb'\{"term":(\d+),"epoch":(\d+),"step":(\d+),')


class Member(NamedTuple):
    place: int
    attempt: int


def beyond_those_on_their_way(position):
    """A step later than this one was decided after the steps that may have been on their way when this one was logged."""
    return position[0], position[1] + STEPS_ON_THEIR_WAY


class Tail:
    """The last whole line of a growing log."""

    def __init__(self, path):
        self.position = (0, -1)
        self.term = 0
        self._file = open(path, "rb", buffering=0)
        self._rest = b""

    def read_on(self):
        whole, end, rest = (self._rest + self._file.read()).rpartition(b"\n")
        self._rest = rest
        if end:
            last = whole.rpartition(b"\n")[2]
            found = POSITION.match(last)
            if not found:
                raise ChaosError(f"{self._file.name} has a line that is no step: {last!r}")
            self.term = int(found.group(1))
            self.position = (int(found.group(2)), int(found.group(3)))

    def close(self):
        self._file.close()


class Watch:
    """Follows the steps of a job: each member's last one, as (epoch, step)."""

    def __init__(self, job):
        self._job = job
        self._tails = {}

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        for tail in self._tails.values():
            tail.close()

    def poll(self):
        """Reads on; returns the last step that any member has executed."""
        for name in os.listdir(self._job.logs) if os.path.isdir(self._job.logs) else ():
            found = LOG_NAME.fullmatch(name)
            if found:
                member = Member(*map(int, found.groups()))
                if member not in self._tails:
                    self._tails[member] = Tail(os.path.join(self._job.logs, name))
        for tail in self._tails.values():
            tail.read_on()
        return self.last()

    def last(self):
        return max((tail.position for tail in self._tails.values()), default=(0, -1))

    def term(self):
        """The latest term that any member has executed a step of."""
        return max((tail.term for tail in self._tails.values()), default=0)

    def restarted(self):
        """How many members are the successors of others."""
        return sum(member.attempt > 0 for member in self._tails)

    def live(self):
        """The members that have executed a step of the latest epoch."""
        epoch = self.last()[0]
        return [member for member, tail in self._tails.items() if tail.position[0] == epoch]

    def wait(self, condition, seconds, what):
        """Polls until the condition holds; returns when that was, by the monotonic clock."""
        deadline = time.monotonic() + seconds
        while True:
            self.poll()
            now = time.monotonic()
            if condition():
                return now
            self._job.require_alive()
            if now > deadline:
                epoch, step = self.last()
                raise ChaosError(
                    f"{what}: not within {seconds} s; the last step is {step} of epoch {epoch}, which"
                    f" {len(self.live())} ranks have begun; {self._job.last_lines()}"
                )
            time.sleep(POLL_SECONDS)

    def longest_gap(self, condition, seconds, what):
        """Waits as wait() does; returns the longest time without a new step meanwhile."""
        seen, since, longest = self.poll(), time.monotonic(), 0.0

        def looked_at():
            nonlocal seen, since, longest
            now = time.monotonic()
            longest = max(longest, now - since)
            if self.last() != seen:
                seen, since = self.last(), now
            return condition()

        self.wait(looked_at, seconds, what)
        return longest
