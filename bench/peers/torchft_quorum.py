"""torchft's quorum: N replica groups of one rank each, every one with its manager server, around one lighthouse.

A manager asks for the quorum before each training step, so this is what torchft pays where Coxswain agrees on a step.
"""

import datetime
import os
import urllib.parse

import ranks

HOST = "127.0.0.1"
CONNECT_TIMEOUT = datetime.timedelta(seconds=10)
QUORUM_TIMEOUT = datetime.timedelta(seconds=20)


def check():
    import torchft._torchft  # noqa: F401


def rank_main(run, rank, lighthouse):
    from torchft._torchft import ManagerClient, ManagerServer

    server = ManagerServer(
        replica_id=f"replica-{rank}",
        lighthouse_addr=lighthouse,
        hostname=HOST,
        bind=f"{HOST}:0",
        store_addr=f"store-{rank}",
        world_size=1,
        heartbeat_interval=datetime.timedelta(milliseconds=100),
        connect_timeout=CONNECT_TIMEOUT,
        quorum_retries=0,
    )
    client = ManagerClient(server.address(), connect_timeout=CONNECT_TIMEOUT)

    def agree_once(step):
        quorum = client._quorum(
            group_rank=0,
            step=step,
            checkpoint_metadata="",
            shrink_only=False,
            timeout=QUORUM_TIMEOUT,
            init_sync=False,
            commit_failures=0,
        )
        if quorum.replica_world_size != run.ranks:
            raise RuntimeError(f"rank {rank}: the quorum of step {step} has {quorum.replica_world_size} of {run.ranks}")

    nanos = ranks.measure(run, agree_once)
    server.shutdown()
    return nanos


def main():
    # A line of log per rank and step would be measured too, at torchft's expense.
    os.environ.setdefault("RUST_LOG", "error")
    run = ranks.run_from_command_line(__doc__, "torchft", check)
    from torchft._torchft import LighthouseServer

    lighthouse = LighthouseServer(bind=f"{HOST}:0", min_replicas=run.ranks, join_timeout_ms=60000)
    port = urllib.parse.urlsplit(lighthouse.address()).port
    try:
        ranks.measure_in_processes("torchft", run, rank_main, f"http://{HOST}:{port}")
    finally:
        lighthouse.shutdown()


if __name__ == "__main__":
    main()
