package io.coxswain.worker.device.cuda;

import static org.bytedeco.cuda.global.cublas.cublasLtGetVersion;
import static org.bytedeco.cuda.global.cudart.cudaDriverGetVersion;
import static org.bytedeco.cuda.global.cudart.cudaGetDeviceCount;
import static org.bytedeco.cuda.global.cudart.cudaGetDeviceProperties;
import static org.bytedeco.cuda.global.cudart.cudaGetErrorName;
import static org.bytedeco.cuda.global.cudart.cudaGetErrorString;
import static org.bytedeco.cuda.global.cudart.cudaGetLastError;
import static org.bytedeco.cuda.global.cudart.cudaRuntimeGetVersion;
import static org.bytedeco.cuda.global.cudart.cudaSuccess;

import io.coxswain.nccl4j.NcclException;
import io.coxswain.nccl4j.NcclVersion;
import io.coxswain.worker.device.cuda.CudaDeviceConfig.StandIn;
import io.coxswain.worker.device.cuda.CudaFinding.Unusable;
import io.coxswain.worker.device.cuda.CudaFinding.Usable;
import java.util.Optional;
import org.bytedeco.cuda.cudart.cudaDeviceProp;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.presets.nccl;

/**
 * Looks for what a worker with a GPU needs. It makes no use of the device, takes no memory of it, and throws nothing for what is
 * missing. Without a driver it takes no longer than loading JavaCPP. Any thread may ask.
 *
 * <p>The order matters: a function that an older library lacks ends the process when it is called, so the version of a library is
 * known before anything else of it is called.
 */
public final class CudaProbe {
    /** The CUDA that the bindings are made for; minor versions of the runtime fit one another. */
    private static final int CUDA_MAJOR = 13;

    private CudaProbe() {}

    /** What a {@link CudaDevice} needs: driver, runtime, the device of that ordinal, and cuBLASLt. */
    public static CudaFinding device(CudaDeviceConfig config) {
        try {
            return findDevice(config);
        } catch (Missing missing) {
            return new Unusable(missing.reason);
        }
    }

    /** What a worker needs: the same and NCCL. */
    public static CudaFinding worker(CudaDeviceConfig config) {
        try {
            Usable found = findDevice(config);
            CudaVersions versions = found.versions().withNccl(findNccl());
            return new Usable(found.device(), found.devices(), versions);
        } catch (Missing missing) {
            return new Unusable(missing.reason);
        }
    }

    private static Usable findDevice(CudaDeviceConfig config) throws Missing {
        require(NativeLibraries.loadDriver().map(why -> "no CUDA driver: " + why));
        require(NativeLibraries.load(cudart.class).map(why -> "no CUDA runtime: " + why));
        int driver = findDriver();
        int runtime = findRuntime();
        int devices = findDevices(config.ordinal());
        CudaDeviceFacts device = describe(config);
        require(NativeLibraries.load(cublas.class).map(why -> "cuBLASLt was not found: " + why));
        return new Usable(device, devices, new CudaVersions(driver, runtime, (int) cublasLtGetVersion(), 0));
    }

    private static int findDriver() throws Missing {
        int[] version = new int[1];
        requireSuccess(cudaDriverGetVersion(version), "no CUDA driver");
        // A driver that does not say its version gets its say when it is asked for its devices.
        if (version[0] != 0 && version[0] / 1000 < CUDA_MAJOR) {
            throw new Missing("the CUDA driver supports CUDA " + CudaVersions.cuda(version[0]) + " at most, and "
                    + CUDA_MAJOR + ".x is needed");
        }
        return version[0];
    }

    private static int findRuntime() throws Missing {
        int[] version = new int[1];
        requireSuccess(cudaRuntimeGetVersion(version), "no CUDA runtime");
        if (version[0] / 1000 != CUDA_MAJOR) {
            throw new Missing("CUDA runtime " + CudaVersions.cuda(version[0]) + " is not " + CUDA_MAJOR + ".x");
        }
        return version[0];
    }

    private static int findDevices(int ordinal) throws Missing {
        int[] count = new int[1];
        requireSuccess(cudaGetDeviceCount(count), "no CUDA device");
        if (count[0] == 0) {
            throw new Missing("no CUDA device: the driver sees none");
        }
        if (ordinal >= count[0]) {
            throw new Missing("device ordinal " + ordinal + " of " + count[0] + ": allowed are 0 to " + (count[0] - 1));
        }
        return count[0];
    }

    private static CudaDeviceFacts describe(CudaDeviceConfig config) throws Missing {
        try (cudaDeviceProp properties = new cudaDeviceProp()) {
            requireSuccess(cudaGetDeviceProperties(properties, config.ordinal()), "no CUDA device " + config.ordinal());
            CudaDeviceFacts facts = new CudaDeviceFacts(
                    config.ordinal(),
                    properties.name().getString(),
                    properties.major() + "." + properties.minor(),
                    properties.totalGlobalMem());
            if (facts.isStandIn() && config.standIn() == StandIn.REFUSED) {
                throw new Missing("the device is a stand-in for tests: " + facts.name());
            }
            return facts;
        }
    }

    private static int findNccl() throws Missing {
        require(NativeLibraries.load(nccl.class)
                .map(why -> "NCCL was not found: " + why + "; scripts/fetch-nccl.sh downloads it"));
        try {
            return NcclVersion.requireSupported().code();
        } catch (NcclException unsupported) {
            throw new Missing(String.valueOf(unsupported.getMessage()));
        }
    }

    private static void require(Optional<String> reason) throws Missing {
        if (reason.isPresent()) {
            throw new Missing(reason.get());
        }
    }

    private static void requireSuccess(int status, String otherwise) throws Missing {
        if (status != cudaSuccess) {
            cudaGetLastError();
            throw new Missing(otherwise + ": " + cudaGetErrorName(status).getString() + " (" + status + "): "
                    + cudaGetErrorString(status).getString());
        }
    }

    /** Ends the search; it never leaves this class. */
    private static final class Missing extends Exception {
        private final String reason;

        Missing(String reason) {
            super(reason);
            this.reason = reason;
        }
    }
}
