package io.coxswain.worker.device.cuda;

/**
 * The versions of NVIDIA's libraries, as numbers: of CUDA 1000 x major + 10 x minor, of the others 10000 x major + 100 x minor +
 * patch.
 *
 * @param driver the newest CUDA that the driver supports
 * @param runtime of libcudart
 * @param cublasLt of libcublasLt
 * @param nccl of libnccl; 0 where it was not looked for
 */
public record CudaVersions(int driver, int runtime, int cublasLt, int nccl) {

    /** The same with NCCL's. */
    CudaVersions withNccl(int version) {
        return new CudaVersions(driver, runtime, cublasLt, version);
    }

    /** A CUDA version in words, for example {@code 13.3}. */
    public static String cuda(int version) {
        return version / 1000 + "." + version % 1000 / 10;
    }

    /** A version of cuBLASLt or NCCL in words, for example {@code 2.30.7}. */
    public static String library(int version) {
        return version / 10_000 + "." + version % 10_000 / 100 + "." + version % 100;
    }

    @Override
    public String toString() {
        return "driver " + cuda(driver) + ", runtime " + cuda(runtime) + ", cuBLASLt " + library(cublasLt)
                + (nccl == 0 ? "" : ", NCCL " + library(nccl));
    }
}
