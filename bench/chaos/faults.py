"""Faults that a machine can do to a worker. Each says by itself whether an epoch has to end by it."""

import os
import re
import signal
import subprocess

KINDS = ("kill", "stop-long", "stop-short", "sever-control", "sever-collective")
WEIGHTS = (50, 15, 15, 10, 10)


class NotPossible(Exception):
    """There is nothing to do it to now, such as a connection that is not there."""


def connections(pid):
    """Established TCP connections of a process: (local address, peer address)."""
    listing = subprocess.run(["ss", "-tnpH", "state", "established"], capture_output=True, text=True, timeout=10).stdout
    found = []
    for line in listing.splitlines():
        if re.search(rf"\bpid={pid}\b", line):
            columns = line.split()
            found.append((columns[2], columns[3]))
    return found


def sever(local, peer):
    subprocess.run(["ss", "-K", "src", local, "dst", peer], capture_output=True, timeout=10)


def can_sever():
    """Whether this kernel and this user may destroy connections; tried on one of our own."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as client:
            accepted, _ = server.accept()
            with accepted:
                sever("%s:%d" % client.getsockname(), "%s:%d" % client.getpeername())
                try:
                    client.sendall(b"x")
                except OSError:
                    return True
    return False


def inject(kind, job, victim, coordinator, random):
    """Does it; returns whether a new epoch has to follow, and what is to be done later as (seconds, action)."""
    pid = job.workers().get(victim)
    if pid is None:
        raise NotPossible(f"place {victim} has no process")
    if kind == "kill":
        os.kill(pid, signal.SIGKILL)
        return True, None
    if kind in ("stop-short", "stop-long"):
        seconds = random.uniform(0.2, 1.0) if kind == "stop-short" else random.uniform(4.0, 6.0)
        os.kill(pid, signal.SIGSTOP)
        return kind == "stop-long", (seconds, lambda: resume(pid))
    port = coordinator.rsplit(":", 1)[1]
    to_coordinator = [pair for pair in connections(pid) if pair[1].endswith(":" + port)]
    if kind == "sever-control":
        return False, severed(to_coordinator)
    peers = {other for place, other in job.workers().items() if place != victim}
    ours = set(connections(pid))
    theirs = {(peer, local) for other in peers for local, peer in connections(other)}
    return True, severed(sorted(ours & theirs)[:1])


def severed(pairs):
    if not pairs:
        raise NotPossible("no such connection")
    for local, peer in pairs:
        sever(local, peer)
    return None


def resume(pid):
    try:
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        pass  # it was taken for lost, and ended

