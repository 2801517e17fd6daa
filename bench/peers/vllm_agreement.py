"""vLLM's own agreement before a forward pass, between N processes over a gloo group.

Runs vLLM's `dispatch_cg_and_sync_dp` with its real graph manager and its real reduction of CPU tensors. Only what needs a
GPU or a whole vLLM engine is given by hand: the group objects, the pool of graphs, and the word that they are captured.
"""

import datetime
import os
import tempfile
from types import SimpleNamespace

import ranks

CAPTURE_SIZES = [1, 2, 4, *range(8, 256, 8), *range(256, 513, 16)]
MAX_REQUESTS = 256


def check():
    import torch.distributed  # noqa: F401
    import vllm.v1.worker.gpu.cudagraph_utils  # noqa: F401
    import vllm.v1.worker.gpu.dp_utils  # noqa: F401


def graph_manager(parallel_config):
    import torch
    import vllm.v1.worker.gpu.cudagraph_utils as graphs
    from vllm.config.compilation import CUDAGraphMode

    graphs.get_pp_group = lambda: SimpleNamespace(is_first_rank=True, is_last_rank=True)
    graphs.is_breakable_cudagraph_enabled = lambda: False
    type(graphs.current_platform).get_global_graph_pool = lambda self: None
    config = SimpleNamespace(
        scheduler_config=SimpleNamespace(max_num_seqs=MAX_REQUESTS),
        parallel_config=parallel_config,
        compilation_config=SimpleNamespace(
            cudagraph_capture_sizes=CAPTURE_SIZES, max_cudagraph_capture_size=CAPTURE_SIZES[-1]
        ),
        cache_config=SimpleNamespace(use_kda_recoverssm=False),
        speculative_config=None,
        num_speculative_tokens=0,
    )
    manager = graphs.CudaGraphManager(config, torch.device("cpu"), CUDAGraphMode.FULL_AND_PIECEWISE, 1)
    manager._graphs_captured = True
    return manager


def use_gloo_group():
    """Gives vLLM's code the group that it would find in an engine: a reduction by vLLM's own function over gloo."""
    import torch.distributed as dist
    import vllm.v1.worker.gpu.dp_utils as agreement
    from vllm.distributed.utils import cpu_all_reduce_

    cpu_group = dist.group.WORLD
    group = SimpleNamespace(cpu_all_reduce_=lambda tensor: cpu_all_reduce_(tensor, cpu_group))
    agreement.get_dp_group = lambda: group


def rank_main(run, rank, meeting_file):
    import torch
    import torch.distributed as dist
    import vllm.v1.worker.gpu.dp_utils as agreement

    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo",
        init_method=f"file://{meeting_file}",
        rank=rank,
        world_size=run.ranks,
        timeout=datetime.timedelta(seconds=60),
    )
    use_gloo_group()
    parallel_config = SimpleNamespace(
        use_ubatching=False, num_ubatches=1, tensor_parallel_size=1, data_parallel_size=run.ranks
    )
    manager = graph_manager(parallel_config)

    def agree_once(step):
        tokens = ranks.num_tokens(step, rank)
        _, state = agreement.dispatch_cg_and_sync_dp(
            manager,
            tokens,
            tokens,
            1,
            run.ranks,
            rank,
            max_query_len=1,
            parallel_config=parallel_config,
            uniform_decode=True,
        )
        if state is None or state.eager or int(state.num_tokens_across_dp[rank]) < tokens:
            raise RuntimeError(f"rank {rank}: the answer to step {step} does not fit {tokens} tokens: {state}")

    nanos = ranks.measure(run, agree_once)
    dist.barrier()
    dist.destroy_process_group()
    return nanos


def main():
    run = ranks.run_from_command_line(__doc__, "vllm", check)
    with tempfile.TemporaryDirectory(prefix="coxswain-bench-") as folder:
        ranks.measure_in_processes("vllm", run, rank_main, os.path.join(folder, "meeting"))


if __name__ == "__main__":
    main()
