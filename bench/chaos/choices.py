"""What a seed decides: the sequence of faults. It is the same however long anything takes and whatever can be carried out."""

import random
from typing import NamedTuple

KINDS = ("kill", "stop-long", "stop-short", "sever-control", "sever-collective")
WEIGHTS = (50, 15, 15, 10, 10)

# Around the job's heartbeat timeout of 2 s: the one is late, the other is taken for lost.
SHORT_STOP_SECONDS = (0.2, 1.0)
LONG_STOP_SECONDS = (4.0, 6.0)


class Choice(NamedTuple):
    """One fault to come."""

    kind: str
    victim: float  # from 0 to below 1: which of the live ranks, in the order of their places
    pause: float  # seconds of undisturbed steps before it
    stop: float  # seconds until the process goes on, where the kind is a stop

    def pick(self, members):
        """The victim among the live members."""
        return sorted(members)[int(self.victim * len(members))]


def sequence(seed, kinds):
    """Choices without end, of these kinds."""
    chance = random.Random(seed)
    weights = [WEIGHTS[KINDS.index(kind)] for kind in kinds]
    while True:
        kind = chance.choices(kinds, weights)[0]
        victim, pause = chance.random(), chance.uniform(0.2, 1.2)
        stop = chance.uniform(*(LONG_STOP_SECONDS if kind == "stop-long" else SHORT_STOP_SECONDS))
        yield Choice(kind, victim, pause, stop)
