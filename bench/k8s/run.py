"""Runs a job on a real Kubernetes, kills, stops, cuts off and replaces its pods, and prints a table of results.

With K8S_TESTBED, a folder with build.sh, node-up.sh, nexec and mkimage.py, the cluster is one node on this machine; it is built where
that is missing, and started and ended by this program, which builds the image and gives it to the node. Otherwise KUBECONFIG says
which cluster is meant, and --image which image its nodes can pull; what needs the node itself is left out then, and named.
"""

import argparse
import os
import sys
import traceback

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from k8s import steps  # noqa: E402
from k8s.cluster import HOME, Cluster, TestError, run  # noqa: E402
from k8s.job import Job, now  # noqa: E402

LOCAL_IMAGE = "localhost/coxswain:test"
BUILD_LIMIT_SECONDS = 3600


def main():
    parser = argparse.ArgumentParser(prog="test-k8s.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--namespace", default="coxswain-test", help="made, and deleted at the end (%(default)s)")
    parser.add_argument("--image", help="NAME:TAG, with a cluster that KUBECONFIG leads to")
    parser.add_argument("--trace-seconds", type=int, default=600, help="how long requests come, 60 to 86400 (%(default)s)")
    parser.add_argument("--only", default="", help="the names of steps, with commas between them (all)")
    parser.add_argument("--reuse", action="store_true", help="the node and the image that an earlier --keep has left")
    parser.add_argument("--keep", action="store_true", help="leave the cluster and the namespace for a look")
    arguments = parser.parse_args()
    chosen = [step for step in steps.STEPS if not arguments.only or step.__name__ in arguments.only.split(",")]
    if not chosen or not 60 <= arguments.trace_seconds <= 86400:
        parser.error("--only names no step of " + ", ".join(s.__name__ for s in steps.STEPS) if not chosen else "--trace-seconds: 60 to 86400")
    testbed = os.environ.get("K8S_TESTBED")
    if testbed:
        results = with_testbed(os.path.abspath(testbed), arguments, chosen)
    elif os.environ.get("KUBECONFIG") and arguments.image:
        cluster = Cluster(arguments.namespace, os.environ.get("KUBECTL", "kubectl"))
        results = test(cluster, arguments.image, "IfNotPresent", arguments, chosen)
    else:
        parser.error("neither K8S_TESTBED, nor KUBECONFIG and --image, say which cluster is meant")
    return report(results)


def with_testbed(testbed, arguments, chosen):
    bed = os.environ.setdefault("K8S_BED", os.path.expanduser("~/.cache/kubernetes-testbed"))
    os.environ.setdefault("KUBECACHEDIR", os.path.join(bed, "kcache"))
    images = []
    if not arguments.reuse:
        say("the test bed is built where it is missing")
        run([os.path.join(testbed, "build.sh")], BUILD_LIMIT_SECONDS, env={**os.environ, "K8S_SKIP": "kwok"})
        images = [build_image()]
        run([os.path.join(testbed, "node-down.sh")], 120)
    say("the node starts")
    os.environ["KUBECONFIG"] = run([os.path.join(testbed, "node-up.sh"), *images], 300).strip().splitlines()[-1]
    try:
        cluster = Cluster(arguments.namespace, os.path.join(bed, "bin", "kubectl"), testbed)
        return test(cluster, LOCAL_IMAGE, "Never", arguments, chosen)
    finally:
        if not arguments.keep:
            run([os.path.join(testbed, "node-down.sh")], 120)


def build_image():
    say("the image is built")
    target = os.path.join(HOME, "k8s", "target")
    base, image = os.path.join(target, "debian-base.tar"), os.path.join(target, "coxswain-image.tar")
    os.makedirs(target, exist_ok=True)
    run([os.path.join(HOME, "k8s", "image", "debian-base.sh"), base], 900)
    words = ["mvn", "-B", "-ntp", "-q", "-DskipTests", "-Dspotless.check.skip=true", "-Pimage-tar", "-pl", "k8s", "-am"]
    run([*words, f"-Dcoxswain.image.base=tar://{base}", f"-Dcoxswain.image={LOCAL_IMAGE}", "package"], 900, cwd=HOME)
    return image


def test(cluster, image, pull, arguments, chosen):
    job = Job(cluster, image, pull, arguments.trace_seconds)
    job.apply()
    results = []
    try:
        for step in chosen:
            results.append(one(step, job, cluster))
            if results[-1][1] == "FAILED" and step is steps.comes_up:
                break
    finally:
        if any(result[1] == "FAILED" for result in results):
            show_pods(cluster)
        if not arguments.keep:
            cluster.k("delete", "namespace", cluster.namespace, "--wait=false")
    return results


def one(step, job, cluster):
    if step in steps.ON_THE_NODE and not cluster.testbed:
        return step.__doc__, "left out", 0, "needs the node"
    say(step.__doc__)
    begun = now()
    try:
        words, verdict = step(job), "ok"
    except TestError as wrong:
        words, verdict = str(wrong), "FAILED"
    except (KeyError, IndexError, OSError, ValueError):
        words, verdict = traceback.format_exc(limit=3), "FAILED"
    say(f"  {verdict} after {now() - begun:.0f} s: {words}")
    return step.__doc__, verdict, now() - begun, words


def show_pods(cluster):
    """What people would look at first."""
    for words in (["get", "pods", "-o", "wide"], ["get", "events", "--sort-by=.lastTimestamp"]):
        try:
            say(cluster.k(*words)[-6000:])
        except TestError as gone:
            say(str(gone))


def report(results):
    print()
    print("| what | result | seconds | seen |")
    print("|---|---|---|---|")
    for what, verdict, seconds, words in results:
        print(f"| {what} | {verdict} | {seconds:.0f} | {' '.join(words.split())[:400]} |")
    failed = sum(verdict == "FAILED" for _, verdict, _, _ in results)
    print(f"\n{len(results) - failed} of {len(results)} as they should be" if failed else "\nall as they should be")
    return 1 if failed else 0


def say(words):
    print(f"test-k8s.sh: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except TestError as wrong:
        say(str(wrong))
        sys.exit(1)
