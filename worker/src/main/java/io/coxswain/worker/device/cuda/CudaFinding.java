package io.coxswain.worker.device.cuda;

/** What {@link CudaProbe} found. */
public sealed interface CudaFinding {

    /** All of it in one line, without a full stop: for a usable device what it is, else the reason why there is none. */
    String line();

    /**
     * There is what was looked for.
     *
     * @param device the device
     * @param devices how many the process sees
     * @param versions of the libraries
     */
    record Usable(CudaDeviceFacts device, int devices, CudaVersions versions) implements CudaFinding {
        @Override
        public String line() {
            return "CUDA device " + device.ordinal() + " of " + devices + ": " + device + "; " + versions;
        }
    }

    /**
     * Something is missing.
     *
     * @param line what it is
     */
    record Unusable(String line) implements CudaFinding {}
}
