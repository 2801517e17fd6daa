package io.coxswain.nccl4j;

import org.bytedeco.cuda.global.nccl;

/** How the elements of all ranks become one. */
public enum ReduceOp {
    SUM(nccl.ncclSum),
    PRODUCT(nccl.ncclProd),
    MAX(nccl.ncclMax),
    MIN(nccl.ncclMin),
    /** The sum divided by the number of ranks. */
    AVERAGE(nccl.ncclAvg);

    private final int code;

    ReduceOp(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    /** This operation on elements of a type; make it once and keep it. */
    public Reduction of(DataType type) {
        return new Reduction(this, type);
    }
}
