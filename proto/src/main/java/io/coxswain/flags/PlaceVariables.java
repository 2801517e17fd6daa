package io.coxswain.flags;

import java.util.List;
import java.util.Map;

/**
 * The variables by which those who start processes say which of them one is: torchrun and what follows it, Open MPI, PMIx, PMI
 * (MPICH, Intel MPI), SLURM, and Kubernetes. The first that is set counts. What starts a process itself comes before what started that:
 * within an sbatch script, mpirun's processes have SLURM's variables too, and those are of the node's daemon.
 */
public final class PlaceVariables {

    /** The worker's number in the job. The last two are the pod's index: of a StatefulSet, as the pod sets it, and of an indexed Job. */
    public static final List<String> PLACE = List.of(
            "RANK",
            "OMPI_COMM_WORLD_RANK",
            "PMIX_RANK",
            "PMI_RANK",
            "SLURM_PROCID",
            "COXSWAIN_POD_INDEX",
            "JOB_COMPLETION_INDEX");

    /** Workers of the job. */
    public static final List<String> WORLD_SIZE =
            List.of("WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS");

    /** The worker's number on its host. */
    public static final List<String> LOCAL_RANK =
            List.of("LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID");

    /** Workers on this host. */
    public static final List<String> LOCAL_WORLD_SIZE =
            List.of("LOCAL_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "SLURM_NTASKS_PER_NODE");

    /** Which flag reads which of them, after its own variable. */
    public static final Map<String, List<String>> OF_FLAGS = Map.of(
            "--place", PLACE,
            "--world-size", WORLD_SIZE,
            "--device-ordinal", LOCAL_RANK,
            "--local-world-size", LOCAL_WORLD_SIZE);

    private PlaceVariables() {}
}
