"""The job in the cluster: how it is applied, and what its status says."""

import json
import os
import random
import re
import subprocess
import tempfile
import time

from k8s.cluster import HOME, TestError, ready, run, wait

COORDINATORS = [f"coxswain-coordinator-{number}" for number in range(3)]
WORKERS = 4
MIN_WORKERS = 3
GRPC_PORT = 4100

KUSTOMIZATION = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: {namespace}
resources:
- {overlay}
images:
- name: coxswain
  newName: {name}
  newTag: "{tag}"
configMapGenerator:
- name: trace
  files: [trace.csv]
patches:
- target: {{kind: StatefulSet}}
  patch: |-
    - {{op: add, path: /spec/template/spec/containers/0/imagePullPolicy, value: {pull}}}
- target: {{kind: Job}}
  patch: |-
    - {{op: add, path: /spec/template/spec/containers/0/imagePullPolicy, value: {pull}}}
    - {{op: add, path: /spec/template/spec/containers/0/env/-, value: {{name: COXSWAIN_TRACE, value: /trace/trace.csv}}}}
    - {{op: add, path: /spec/template/spec/containers/0/env/-, value: {{name: COXSWAIN_SPEED, value: "1"}}}}
    - {{op: add, path: /spec/template/spec/containers/0/volumeMounts/-, value: {{name: trace, mountPath: /trace}}}}
    - {{op: add, path: /spec/template/spec/volumes/-, value: {{name: trace, configMap: {{name: trace}}}}}}
"""


def write_trace(path, seconds):
    """Two or three requests each second, of the sizes of a chat; how many, and their prompt and generated tokens."""
    draw = random.Random(seconds)
    requests = prompt = generated = 0
    with open(path, "w", encoding="ascii") as file:
        file.write("TIMESTAMP,ContextTokens,GeneratedTokens\n")
        at = 0.0
        while at < seconds:
            context, answer = draw.randint(20, 400), draw.randint(20, 120)
            whole, part = divmod(at, 1)
            file.write(
                f"2026-01-01 {int(whole) // 3600:02d}:{int(whole) // 60 % 60:02d}:{int(whole) % 60:02d}.{int(part * 1e7):07d},"
                f"{context},{answer}\n"
            )
            requests, prompt, generated = requests + 1, prompt + context, generated + answer
            at += draw.uniform(0.2, 0.6)
    return requests, prompt, generated


class Job:
    """The CPU overlay with a trace of so many seconds, applied with strict validation to a namespace that enforces the restricted level."""

    def __init__(self, cluster, image, pull, seconds):
        self.cluster = cluster
        self.folder = tempfile.mkdtemp(prefix="coxswain-k8s-")
        self.trace = write_trace(os.path.join(self.folder, "trace.csv"), seconds)
        name, _, tag = image.rpartition(":")
        overlay = os.path.relpath(os.path.join(HOME, "k8s", "overlays", "cpu"), os.path.realpath(self.folder))
        with open(os.path.join(self.folder, "kustomization.yaml"), "w", encoding="utf-8") as file:
            file.write(
                KUSTOMIZATION.format(namespace=cluster.namespace, overlay=overlay, name=name, tag=tag, pull=pull)
            )

    def apply(self):
        space = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": self.cluster.namespace,
                "labels": {"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/warn": "restricted"},
            },
        }
        self.cluster.k("apply", "--validate=strict", "-f", "-", input=json.dumps(space))
        said = self.cluster.k("apply", "--validate=strict", "-k", self.folder)
        if "arning" in said:
            raise TestError(f"applied with a warning: {said}")
        return said

    def leader(self):
        """The pod of the coordinator that leads, by its own health service."""
        return self.status()["leader"]["host"]

    def status(self):
        """What scripts/status.sh says over port-forwards to all coordinators that are there, as JSON."""
        return json.loads(self.status_text("--json"))

    def status_text(self, *flags):
        with Forwards(self.cluster, [name for name, pod in self.cluster.pods("coordinator").items() if pod["status"].get("podIP")]) as forwards:
            words = [os.path.join(HOME, "scripts", "status.sh"), "--coordinator", ",".join(forwards.addresses), "--timeout", "10s"]
            return run([*words, *flags])

    def ranks(self):
        """The ranks of the running epoch by their pods' names."""
        status = self.status()
        if status["state"] != "running":
            raise TestError(f"the job is {status['state']}: {status['state_detail']}")
        return {rank["host"]: rank for rank in status["ranks"] if rank["state"] == "running"}

    def running(self, count, limit=120):
        """Waits until so many ranks run, on pods that are ready."""

        def so():
            ranks = self.ranks()
            workers = self.cluster.pods("worker")
            if len(ranks) == count == len(workers) and all(ready(pod) for pod in workers.values()):
                return ranks
            up = [name for name, pod in workers.items() if ready(pod)]
            raise TestError(f"running: {sorted(ranks)}, ready: {up}")

        return wait(so, limit, f"{count} ranks run, and their pods are ready", pause=1)

    def totals(self):
        """Steps that were decided, and epochs that were aborted."""
        status = self.status()
        return status["run_decisions"], status["epochs_aborted"]

    def finished(self, limit):
        def so():
            job = self.cluster.json("job", "coxswain-player")["status"]
            if job.get("failed"):
                raise TestError(f"the player failed {job['failed']} times")
            return job.get("succeeded") == 1

        wait(so, limit, "the player's Job is complete", pause=3)
        return self.cluster.k("logs", "job/coxswain-player")


class Forwards:
    """kubectl port-forward to the coordinators' pods, each on a free port."""

    def __init__(self, cluster, pods):
        self.processes = []
        self.addresses = []
        for pod in pods:
            process = subprocess.Popen(
                [cluster.kubectl, "--namespace", cluster.namespace, "port-forward", f"pod/{pod}", f":{GRPC_PORT}"],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            self.processes.append(process)
        for process in self.processes:
            found = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline())
            if found:
                self.addresses.append("127.0.0.1:" + found.group(1))
        if not self.addresses:
            self.__exit__()
            raise TestError("no coordinator's pod can be forwarded to")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(10)
            process.stdout.close()


def now():
    return time.monotonic()
