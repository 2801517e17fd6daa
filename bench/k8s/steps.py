"""What is done to the job, and what has to follow. Each step returns what it saw, in a few words, or raises what is wrong."""

import json
import os
import re

from k8s.cluster import HOME, TestError, ready, restarts, run, uid, wait
from k8s.job import COORDINATORS, MIN_WORKERS, WORKERS, now

HEARTBEAT_TIMEOUT_SECONDS = 5
START_LIMIT_SECONDS = 300
LIVENESS_PERIOD_SECONDS = 10


def comes_up(job):
    """3 coordinators and 4 workers come up in a namespace that enforces the restricted level"""
    begun = now()

    def all_ready():
        pods = {**job.cluster.pods("coordinator"), **job.cluster.pods("worker")}
        up = [name for name, pod in pods.items() if ready(pod)]
        if len(up) != len(COORDINATORS) + WORKERS:
            raise TestError(f"ready: {up}; {[word(pod) for pod in pods.values()]}")
        return True

    wait(all_ready, START_LIMIT_SECONDS, "all pods are ready", pause=2)
    return f"all ready after {now() - begun:.0f} s"


def word(pod):
    """How a pod is, in a word."""
    states = [c.get("state", {}) for c in pod["status"].get("containerStatuses", [])]
    return pod["metadata"]["name"] + " " + (",".join(next(iter(state), "?") for state in states) or pod["status"]["phase"])


def ranks_by_pod(job):
    """scripts/status.sh over a port-forward shows the ranks by their pods' names"""
    job.running(WORKERS)
    text = job.status_text()
    missing = [name for name in job.cluster.pods("worker") if f" {name} " not in text]
    if missing or "leads" not in text:
        raise TestError(f"not in the table: {missing}\n{text}")
    return "a table with " + ", ".join(sorted(job.ranks()))


def mistakes_are_refused(job):
    """strict validation refuses a misspelt field, and the namespace a pod that is not restricted"""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "mistaken"},
        "spec": {"containers": [{"name": "mistaken", "image": "localhost/none:1"}]},
    }
    unrestricted = refused(job, pod)
    if "violates PodSecurity" not in unrestricted:
        raise TestError(unrestricted)
    pod["spec"]["terminationGracePeriodSecond"] = 1
    misspelt = refused(job, pod)
    if 'unknown field "spec.terminationGracePeriodSecond"' not in misspelt:
        raise TestError(misspelt)
    return "violates PodSecurity; unknown field"


def refused(job, thing):
    try:
        said = job.cluster.k("apply", "--dry-run=server", "--validate=strict", "-f", "-", input=json.dumps(thing))
    except TestError as refusal:
        return str(refusal)
    raise TestError(f"it was taken: {said}")


def deleted_worker(job):
    """a worker's pod that is deleted is drained, replaced and taken in again"""
    name = "coxswain-worker-2"
    before = uid(job.cluster.pod(name))
    _, aborted = job.totals()
    begun = now()
    job.cluster.k("delete", "pod", name, "--wait=false")
    wait(lambda: uid(job.cluster.pod(name)) != before, 120, "there is another pod")
    replaced = now() - begun
    job.running(WORKERS)
    was_drained(job, aborted, [name], begun)
    return f"no epoch aborted; another pod after {replaced:.0f} s, taken in after {now() - begun:.0f} s"


def was_drained(job, aborted, names, begun):
    """Nobody who has left since then was missed, and each of these left because its hook had asked for it."""
    now_aborted = job.totals()[1]
    if now_aborted != aborted:
        raise TestError(f"{now_aborted - aborted} epochs were aborted")
    since = f"--since={int(now() - begun) + 1}s"
    said = "".join(job.cluster.k("logs", pod, since) for pod in job.cluster.pods("coordinator"))
    unasked = [name for name in names if not re.search(rf"\({name}, pid 1\) is to leave: asked to by drain", said)]
    if unasked:
        raise TestError(f"no hook has asked for {unasked} to leave")


def killed_worker(job):
    """kill -9 of a worker's process: the kubelet starts another, which is taken in"""
    name = "coxswain-worker-1"
    before = restarts(job.cluster.pod(name))
    attempt = job.ranks()[name]["attempt"]
    decided, _ = job.totals()
    begun = now()
    job.cluster.signal(name, "KILL")
    wait(lambda: restarts(job.cluster.pod(name)) > before, 60, "the container is started again")
    job.running(WORKERS)
    took = now() - begun
    after = job.ranks()[name]["attempt"]
    if after <= attempt:
        raise TestError(f"attempt {after} after {attempt}: it is no new member")
    if not before + 1 == restarts(job.cluster.pod(name)):
        raise TestError("it was started more than once")
    return f"attempt {attempt} -> {after}, taken in after {took:.0f} s; {progressed(job, decided)}"


def progressed(job, decided):
    wait(lambda: job.totals()[0] > decided, 60, "steps are decided")
    return "steps go on"


def killed_leader(job):
    """kill -9 of the leading coordinator's process: another leads, and the job goes on"""
    leader = job.leader()
    status = job.status()
    members = {name: rank["attempt"] for name, rank in job.ranks().items()}
    begun = now()
    job.cluster.signal(leader, "KILL")
    wait(lambda: job.status()["term"] > status["term"] and job.ranks(), 60, "another leads")
    took = now() - begun
    if job.running(WORKERS) and {name: rank["attempt"] for name, rank in job.ranks().items()} != members:
        raise TestError("workers were started again")
    wait(lambda: all(ready(pod) for pod in job.cluster.pods("coordinator").values()), 120, "three coordinators are ready")
    next_leader = job.leader()
    if next_leader == leader and job.status()["term"] == status["term"]:
        raise TestError(f"{leader} leads still")
    return f"{leader} -> {next_leader} within {took:.0f} s, the same members; 3 ready after {now() - begun:.0f} s"


def rolling_update(job):
    """scripts/rollout.sh replaces the workers one after the other, and loses nobody"""
    before = {name: uid(pod) for name, pod in job.cluster.pods("worker").items()}
    _, aborted = job.totals()
    begun = now()
    job.cluster.k(
        "patch", "statefulset", "coxswain-worker", "--type=merge", "-p",
        '{"spec":{"template":{"metadata":{"annotations":{"coxswain.io/try":"2"}}}}}',
    )
    said = run(
        [os.path.join(HOME, "scripts", "rollout.sh"), "-n", job.cluster.namespace, "--timeout", "180"],
        900,
        env={**os.environ, "KUBECTL": job.cluster.kubectl},
        stderr_too=True,
    )
    same = [name for name, pod in job.cluster.pods("worker").items() if uid(pod) == before[name]]
    if same:
        raise TestError(f"not replaced: {same}; {said}")
    job.running(WORKERS)
    was_drained(job, aborted, before, begun)
    return f"{WORKERS} pods in {now() - begun:.0f} s, no epoch aborted"


def coordinators_update(job):
    """a rolling update of the coordinators hands the job over, and aborts nothing"""
    term = job.status()["term"]
    begun = now()
    job.cluster.k("rollout", "restart", "statefulset/coxswain-coordinator")
    job.cluster.k("rollout", "status", "statefulset/coxswain-coordinator", "--timeout=240s", limit=250)
    job.running(WORKERS)
    return f"3 pods in {now() - begun:.0f} s, term {term} -> {job.status()['term']}"


def partitioned(job):
    """a worker that is cut off (nft drop) is named in the status, and comes back when it is healed"""
    name = "coxswain-worker-3"
    place = job.ranks()[name]["place"]
    begun = now()
    job.cluster.cut_off(name)
    try:
        def named():
            rank = next(rank for rank in job.status()["ranks"] if rank["place"] == place)
            return f"{rank['state']}: {rank['detail']}" if rank["state"] != "running" and rank["detail"] else None

        words = wait(named, HEARTBEAT_TIMEOUT_SECONDS + 15, "the status names it")
        seen = now() - begun
        wait(lambda: len(job.ranks()) == WORKERS - 1, 60, "the others go on")
    finally:
        job.cluster.heal()
    job.running(WORKERS, 240)
    if name not in words and f"rank {place}" not in words and "heartbeat" not in words:
        raise TestError(f"what it says does not name it: {words}")
    return f"after {seen:.0f} s: {words}"


def stopped_worker(job):
    """a worker that is stopped (SIGSTOP) is not ready, while its peers' liveness stays good"""
    name = "coxswain-worker-0"
    before = {pod: restarts(found) for pod, found in job.cluster.pods("worker").items()}
    peers = {uid(found) for pod, found in job.cluster.pods("worker").items() if pod != name}
    blamed = dead(job, peers)
    begun = now()
    job.cluster.signal(name, "STOP")
    try:
        wait(lambda: not ready(job.cluster.pod(name)), 30, f"{name} is not ready")
        unready = now() - begun
        wait(lambda: len(job.ranks()) == WORKERS - 1, 60, "the others go on")
        # As long as each peer is asked for its liveness twice.
        wait(lambda: now() - begun > 2 * LIVENESS_PERIOD_SECONDS + 5, 60, "the peers' liveness is asked for")
        if ready(job.cluster.pod(name)):
            raise TestError(f"{name} is ready while it is stopped")
    finally:
        job.cluster.signal(name, "CONT")
    stopped = now() - begun
    if dead(job, peers) != blamed:
        raise TestError(f"peers' liveness failed: {dead(job, peers)}")
    job.running(WORKERS, 240)
    hit = [pod for pod, found in job.cluster.pods("worker").items() if pod != name and restarts(found) != before[pod]]
    if hit:
        raise TestError(f"peers were started again: {hit}")
    return f"not ready after {unready:.0f} s; in the {stopped:.0f} s no peer's liveness failed, and none was started again"


def dead(job, pods):
    """The events of failed liveness probes of pods with these uids, and how often each was seen."""
    return {
        event["metadata"]["name"]: event.get("count", 1)
        for event in job.cluster.json("events")["items"]
        if event["involvedObject"].get("uid") in pods and "Liveness probe" in event.get("message", "")
    }


def scaled(job):
    """kubectl scale between the fewest and the most shrinks and grows the group"""
    begun = now()
    _, aborted = job.totals()
    job.cluster.k("scale", "statefulset", "coxswain-worker", f"--replicas={MIN_WORKERS}")
    job.running(MIN_WORKERS)
    shrunk = now() - begun
    was_drained(job, aborted, [f"coxswain-worker-{number}" for number in range(MIN_WORKERS, WORKERS)], begun)
    begun = now()
    job.cluster.k("scale", "statefulset", "coxswain-worker", f"--replicas={WORKERS}")
    job.running(WORKERS)
    return f"{WORKERS} -> {MIN_WORKERS} in {shrunk:.0f} s without an abort, and back in {now() - begun:.0f} s"


def ends_verified(job):
    """the job ends: each request once, its totals are the trace's, each row verified"""
    said = job.finished(900)
    requests, prompt, generated = job.trace
    for count in (requests, prompt, generated):
        if f"{count:,}" not in said and str(count) not in said:
            raise TestError(f"the report lacks {count}, of the trace's {job.trace}: {said[-2000:]}")
    return f"{requests} requests, {prompt} prompt and {generated} generated tokens; " + verified(said)


def verified(said):
    lines = [line.strip() for line in said.splitlines() if "verif" in line.lower()]
    if not lines:
        raise TestError(f"no word on the verification: {said[-2000:]}")
    return lines[-1]


STEPS = [
    comes_up,
    mistakes_are_refused,
    ranks_by_pod,
    deleted_worker,
    killed_worker,
    killed_leader,
    rolling_update,
    coordinators_update,
    partitioned,
    stopped_worker,
    scaled,
    ends_verified,
]

# These need the node: its processes, and its packet filter.
ON_THE_NODE = [killed_worker, killed_leader, partitioned, stopped_worker]
