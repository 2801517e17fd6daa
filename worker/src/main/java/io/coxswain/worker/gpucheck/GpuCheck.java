package io.coxswain.worker.gpucheck;

import io.coxswain.worker.device.DeviceException;
import io.coxswain.worker.device.cuda.CudaDevice;
import io.coxswain.worker.device.cuda.CudaFinding;
import io.coxswain.worker.device.cuda.CudaFinding.Usable;
import io.coxswain.worker.device.cuda.CudaProbe;
import io.coxswain.worker.device.cuda.CudaVersions;
import java.io.PrintStream;

/** All checks, from the simple to the compound, so that the first that fails is the one to look into. Main thread only. */
final class GpuCheck {
    static final int OK = 0;
    static final int FAILED = 1;
    static final int NO_DEVICE = 8;

    private final GpuCheckConfig config;
    private final PrintStream out;
    private final Verdicts verdicts;

    GpuCheck(GpuCheckConfig config, PrintStream out) {
        this.config = config;
        this.out = out;
        this.verdicts = new Verdicts(out);
    }

    /** Checks and prints; answers the exit code. */
    int run() {
        CudaFinding found = CudaProbe.device(config.device());
        if (!(found instanceof Usable usable)) {
            out.println("no GPU that a worker can use: " + found.line());
            return NO_DEVICE;
        }
        verdicts.check("libraries", () -> usable.versions().toString());
        verdicts.check(
                "device",
                () -> "number " + usable.device().ordinal() + " of " + usable.devices() + ": " + usable.device());
        checkDevice();
        checkGathers(usable.devices());
        return verdicts.anyFailed() ? FAILED : OK;
    }

    private void checkDevice() {
        try (CudaDevice device = CudaDevice.open(config.device())) {
            MemoryChecks memory = new MemoryChecks(device, config.bytes());
            verdicts.check("allocation", memory::allocation);
            verdicts.check("copy", memory::copy);
            ProductChecks products = new ProductChecks(device, config.matrix());
            verdicts.check("product fp32", products::singles);
            verdicts.check("product bf16", products::halves);
            verdicts.check("relu", products::relu);
            verdicts.check("graph", new GraphCheck(device)::replay);
        } catch (DeviceException e) {
            verdicts.fail("open and close", String.valueOf(e.getMessage()));
        }
    }

    private void checkGathers(int devices) {
        String one = "all-gather of 1";
        int ranks = config.ranks() == 0 ? devices : config.ranks();
        String all = "all-gather of " + ranks;
        CudaFinding found = CudaProbe.worker(config.device());
        if (!(found instanceof Usable usable)) {
            verdicts.fail("NCCL", found.line());
            verdicts.skip(one, "no NCCL");
            return;
        }
        verdicts.check("NCCL", () -> CudaVersions.library(usable.versions().nccl()));
        GatherCheck gather = new GatherCheck(config);
        verdicts.check(one, () -> gather.amongDevices(config.device().ordinal(), 1));
        if (ranks > devices) {
            verdicts.fail(all, "there are only " + devices + " GPUs");
        } else if (ranks > 1) {
            verdicts.check(all, () -> gather.amongDevices(0, ranks));
        } else {
            verdicts.skip("all-gather of n", "one GPU only");
        }
    }
}
