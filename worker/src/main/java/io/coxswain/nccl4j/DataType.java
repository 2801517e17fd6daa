package io.coxswain.nccl4j;

import org.bytedeco.cuda.global.nccl;

/** The elements that operations count. */
public enum DataType {
    INT8(nccl.ncclInt8, 1),
    UINT8(nccl.ncclUint8, 1),
    INT32(nccl.ncclInt32, 4),
    UINT32(nccl.ncclUint32, 4),
    INT64(nccl.ncclInt64, 8),
    UINT64(nccl.ncclUint64, 8),
    FLOAT16(nccl.ncclFloat16, 2),
    FLOAT32(nccl.ncclFloat32, 4),
    FLOAT64(nccl.ncclFloat64, 8),
    BFLOAT16(nccl.ncclBfloat16, 2),
    FLOAT8_E4M3(nccl.ncclFloat8e4m3, 1),
    FLOAT8_E5M2(nccl.ncclFloat8e5m2, 1);

    private final int code;
    private final int byteSize;

    DataType(int code, int byteSize) {
        this.code = code;
        this.byteSize = byteSize;
    }

    int code() {
        return code;
    }

    /** Size of one element in bytes. */
    public int byteSize() {
        return byteSize;
    }
}
