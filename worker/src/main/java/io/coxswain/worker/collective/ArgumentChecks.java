package io.coxswain.worker.collective;

import io.coxswain.worker.device.DeviceView;

/**
 * Whether the arguments of an operation make sense on one rank, the same for all implementations of the port. Every method throws
 * {@link IllegalArgumentException} where they do not. Immutable.
 */
public final class ArgumentChecks {
    private final int rank;
    private final int worldSize;

    public ArgumentChecks(GroupSpec group) {
        this.rank = group.rank();
        this.worldSize = group.worldSize();
    }

    /** Checks a gather of {@code bytesByRank[r]} bytes of every rank r, and gives this rank's part of {@code receive}. */
    public DeviceView gather(DeviceView send, DeviceView receive, long[] bytesByRank) {
        requireLength("send", send, own(bytesByRank));
        requireLength("receive", receive, total(bytesByRank));
        DeviceView ownPart = receive.slice(ownOffset(bytesByRank), send.length());
        if (!ownPart.equals(send) && receive.overlaps(send)) {
            throw new IllegalArgumentException("send overlaps receive and is not this rank's part of it");
        }
        return ownPart;
    }

    /** Checks a reduction of which every rank r gets {@code bytesByRank[r]} bytes. */
    public void reduceScatter(DeviceView send, DeviceView receive, long[] bytesByRank) {
        requireLength("receive", receive, own(bytesByRank));
        requireLength("send", send, total(bytesByRank));
        if (receive.overlaps(send)) {
            throw new IllegalArgumentException("receive overlaps send");
        }
        for (int other = 0; other < worldSize; other++) {
            if (bytesByRank[other] % Float.BYTES != 0) {
                throw noFloats("the part of rank " + other, bytesByRank[other]);
            }
        }
    }

    /** Checks a reduction in place. */
    public void allReduce(DeviceView view) {
        if (view.length() % Float.BYTES != 0) {
            throw noFloats("the view", view.length());
        }
    }

    /** Checks the root of a broadcast. */
    public void root(int root) {
        if (root < 0 || root >= worldSize) {
            throw new IllegalArgumentException("root is " + root + ", allowed are 0 to " + (worldSize - 1));
        }
    }

    private void requireLength(String name, DeviceView view, long expected) {
        if (view.length() != expected) {
            throw new IllegalArgumentException(name + " has " + view.length() + " bytes, " + expected
                    + " are needed on rank " + rank + " of " + worldSize);
        }
    }

    private static IllegalArgumentException noFloats(String what, long bytes) {
        return new IllegalArgumentException(what + " has " + bytes + " bytes, which are no whole floats");
    }

    private long own(long[] sizes) {
        if (sizes.length != worldSize) {
            throw new IllegalArgumentException(
                    "bytesByRank has " + sizes.length + " entries for " + worldSize + " ranks");
        }
        return sizes[rank];
    }

    private long ownOffset(long[] sizes) {
        long offset = 0;
        for (int lower = 0; lower < rank; lower++) {
            offset += sizes[lower];
        }
        return offset;
    }

    private static long total(long[] sizes) {
        long total = 0;
        for (int rank = 0; rank < sizes.length; rank++) {
            if (sizes[rank] < 0) {
                throw new IllegalArgumentException("rank " + rank + " has " + sizes[rank] + " bytes");
            }
            total = Math.addExact(total, sizes[rank]);
        }
        return total;
    }
}
