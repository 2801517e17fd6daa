"""A real cluster: the test bed's one node, or whatever KUBECONFIG leads to."""

import json
import os
import subprocess
import time

HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CALL_LIMIT_SECONDS = 60


class TestError(Exception):
    """What a step found wrong."""


def run(words, limit=CALL_LIMIT_SECONDS, stderr_too=False, **more):
    """Runs a command to its end; what it printed, or an error with what it said."""
    try:
        ended = subprocess.run(words, capture_output=True, text=True, timeout=limit, check=False, **more)
    except subprocess.TimeoutExpired:
        raise TestError(f"{' '.join(words)} did not end within {limit} s") from None
    if ended.returncode != 0:
        raise TestError(f"{' '.join(words)} ended with {ended.returncode}: {(ended.stderr or ended.stdout).strip()[-2000:]}")
    return ended.stdout + (ended.stderr if stderr_too else "")


def wait(holds, limit, what, pause=0.5):
    """Waits until something holds, and returns it; the error says what was seen last."""
    end = time.monotonic() + limit
    last = None
    while True:
        try:
            found = holds()
            if found:
                return found
            last = "not so"
        except (TestError, KeyError, IndexError) as failed:
            last = str(failed)
        if time.monotonic() > end:
            raise TestError(f"{what}: not within {limit} s ({last})")
        time.sleep(pause)


class Cluster:
    """kubectl in one namespace. With a test bed also its node: images, processes, and what is dropped between pods."""

    def __init__(self, namespace, kubectl, testbed=None):
        self.namespace = namespace
        self.kubectl = kubectl
        self.testbed = testbed

    def k(self, *words, limit=CALL_LIMIT_SECONDS, **more):
        return run([self.kubectl, "--namespace", self.namespace, *words], limit, **more)

    def json(self, *words):
        return json.loads(self.k("get", *words, "-o", "json"))

    def pods(self, component):
        """Those of a component by name; one that is being deleted among them."""
        items = self.json("pods", "-l", f"app.kubernetes.io/component={component}")["items"]
        return {pod["metadata"]["name"]: pod for pod in items}

    def pod(self, name):
        return self.json("pod", name)

    def on_node(self, *words, limit=CALL_LIMIT_SECONDS):
        return run([os.path.join(self.testbed, "nexec"), *words], limit)

    def process(self, name):
        """The pid, on the node, of the pod's process."""
        container = self.pod(name)["status"]["containerStatuses"][0]["containerID"].split("//")[1]
        for line in self.on_node("ctr", "task", "ls").splitlines():
            words = line.split()
            if words and words[0] == container:
                return words[1]
        raise TestError(f"no process of {name} on the node")

    def signal(self, name, signal):
        self.on_node("kill", f"-{signal}", self.process(name))

    def cut_off(self, name):
        """Drops all that goes between the pod and other pods, on connections that are open, too."""
        address = self.pod(name)["status"]["podIP"]
        self.on_node("nft", "add", "table", "ip", "cut")
        self.on_node("nft", "add chain ip cut f { type filter hook forward priority 0; }")
        self.on_node("nft", "add", "rule", "ip", "cut", "f", "ip", "saddr", address, "drop")
        self.on_node("nft", "add", "rule", "ip", "cut", "f", "ip", "daddr", address, "drop")

    def heal(self):
        self.on_node("nft", "delete", "table", "ip", "cut")


def ready(pod):
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))


def restarts(pod):
    return sum(c["restartCount"] for c in pod["status"].get("containerStatuses", []))


def uid(pod):
    return pod["metadata"]["uid"]
