"""Faults that a machine can do to a worker."""

import os
import re
import signal
import socket
import subprocess
import threading

ENDS_EPOCH = {"kill": True, "stop-long": True, "stop-short": False, "sever-control": False, "sever-collective": True}


class NotPossible(Exception):
    """There is nothing to do it to now, such as a connection that is not there."""


def prepare(choice, victim, workers, coordinator_port):
    """Finds out what to do it to, which takes a while, and returns the strike, which does not. A strike may return a timer."""
    pid = workers.get(victim)
    if pid is None:
        raise NotPossible("its process has ended")
    if choice.kind == "kill":
        return lambda: send(pid, signal.SIGKILL)
    if choice.kind in ("stop-long", "stop-short"):
        return lambda: stop(pid, choice.stop)
    if choice.kind == "sever-control":
        return severing([pair for pair in connections(pid) if pair[1].endswith(f":{coordinator_port}")])
    others = [other for member, other in workers.items() if member != victim]
    far_ends = {(peer, local) for other in others for local, peer in connections(other)}
    return severing(sorted(far_ends & set(connections(pid)))[:1])


def send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        raise NotPossible("its process has just ended") from None


def stop(pid, seconds):
    """Stops a process; returns the timer by which it goes on."""
    send(pid, signal.SIGSTOP)
    timer = threading.Timer(seconds, go_on, [pid])
    timer.start()
    return timer


def go_on(pid):
    try:
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        pass  # it was taken for lost, and ended


def severing(pairs):
    if not pairs:
        raise NotPossible("there is no such connection")

    def strike():
        for local, peer in pairs:
            sever(local, peer)

    return strike


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
    # Its exit code and its errors say nothing: it complains of families that the kernel lacks, and does it all the same.
    subprocess.run(["ss", "-K", "src", local, "dst", peer], capture_output=True, timeout=10)


def can_sever():
    """Whether this kernel and this user may destroy connections; tried on one of our own."""
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
