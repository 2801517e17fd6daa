"""The replicas of a job's coordinator: which one leads and which are there, and the faults that are done to them."""

import json
import os
import random
import signal
import threading
from typing import NamedTuple

from chaos import faults

# What a fault of each kind is counted by: the time to the next steps, or the longest time without one.
BY_RECOVERY = ("leader-kill", "leader-stop", "all-but-standby", "all")
BY_GAP = ("leader-term", "standby-kill", "standby-stop", "all-but-leader")
KINDS = BY_RECOVERY + BY_GAP
DEFAULT_COUNTS = {"leader-kill": 30, "all": 2, "all-but-standby": 2, "all-but-leader": 2}
DEFAULT_COUNT = 10
# The epoch may end where nobody can lead before replicas have been started again, which may take longer than ranks wait for a leader.
MAY_END_EPOCH = ("all-but-standby", "all")
# Longer than it takes to drop a frozen replica and to take over from it.
STOP_SECONDS = (20.0, 25.0)


class Choice(NamedTuple):
    """One fault to come."""

    kind: str
    standby: float  # from 0 to below 1: which of the replicas that stand by, in the order of their addresses
    pause: float  # seconds of undisturbed steps before it
    stop: float  # seconds until the process goes on, where the kind is a stop


def sequence(seed, counts):
    """So many faults of each kind, in an order that the seed decides."""
    chance = random.Random(seed)
    kinds = [kind for kind in KINDS for _ in range(counts[kind])]
    chance.shuffle(kinds)
    return [Choice(kind, chance.random(), chance.uniform(0.2, 1.2), chance.uniform(*STOP_SECONDS)) for kind in kinds]


class Leadership(NamedTuple):
    leader: int
    standbys: list  # process ids, in the order of their addresses

    def victims(self, choice):
        chosen = self.standbys[int(choice.standby * len(self.standbys))]
        if choice.kind.startswith("leader-"):
            return [self.leader]
        if choice.kind.startswith("standby-"):
            return [chosen]
        if choice.kind == "all-but-leader":
            return self.standbys
        everyone = [self.leader, *self.standbys]
        return everyone if choice.kind == "all" else [pid for pid in everyone if pid != chosen]


class Replicas:
    """As the leader's entry in the job directory has them, which it writes when it comes to lead and when one comes or goes."""

    def __init__(self, entry, watch, count):
        self._entry = entry
        self._watch = watch
        self._count = count

    def settled(self):
        """Who leads and who stands by, once all are there and steps have the leader's term; else None."""
        try:
            with open(self._entry, encoding="utf-8") as file:
                entry = json.load(file)
        except FileNotFoundError:
            return None
        by_address = {replica["address"]: replica["pid"] for replica in entry.get("replicas", ())}
        pids = [by_address[address] for address in sorted(by_address)]
        if len(pids) != self._count or entry["term"] != self._watch.term() or not all(map(is_there, pids)):
            return None
        return Leadership(entry["pid"], [pid for pid in pids if pid != entry["pid"]])

    def seen(self):
        """What the job directory says, for the text of an error."""
        try:
            with open(self._entry, encoding="utf-8") as file:
                return f"the job directory has {file.read()}, the last step has term {self._watch.term()}"
        except FileNotFoundError:
            return "the job directory has no entry"


def is_there(pid):
    return os.path.exists(f"/proc/{pid}")


def strike(choice, victims):
    """Does it, to all of them at once; returns what says whether it is over."""
    if choice.kind.endswith("-stop"):
        timers = [faults.stop(pid, choice.stop) for pid in victims]
        return lambda: not any(map(threading.Timer.is_alive, timers))
    for pid in victims:
        faults.send(pid, signal.SIGTERM if choice.kind == "leader-term" else signal.SIGKILL)
    return lambda: not any(map(is_there, victims))
