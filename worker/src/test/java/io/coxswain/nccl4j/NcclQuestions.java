package io.coxswain.nccl4j;

import java.time.Duration;
import java.util.HexFormat;
import org.bytedeco.cuda.global.nccl;
import org.bytedeco.cuda.nccl.ncclConfig_t;
import org.bytedeco.cuda.nccl.ncclUniqueId;
import org.bytedeco.javacpp.BytePointer;

/** Asks NCCL through this package what the first argument says, and prints the answer; for a JVM that ends with it. */
public final class NcclQuestions {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private NcclQuestions() {}

    public static void main(String[] arguments) {
        switch (arguments[0]) {
            case "versions" -> {
                System.out.println(NcclVersion.requireSupported());
                System.out.println(NcclVersion.ofBindings());
            }
            case "ids" -> {
                System.out.println(HexFormat.of().formatHex(UniqueId.create().toByteArray()));
                System.out.println(HexFormat.of().formatHex(UniqueId.create().toByteArray()));
            }
            case "configs" -> {
                print(CommConfig.blocking());
                print(CommConfig.nonBlocking());
                print(CommConfig.nonBlocking().withMinCtas(3).withMaxCtas(17).withTrafficClass(42));
            }
            case "blocking" -> printRefusal(NcclQuestions::initialiseBlocking);
            case "non-blocking" -> printRefusal(NcclQuestions::initialiseNonBlocking);
            case "null-id" ->
                printRefusal(() -> Status.check("ncclGetUniqueId", nccl.ncclGetUniqueId((ncclUniqueId) null)));
            case "groups" -> {
                Group.run(() -> Group.run(() -> {}));
                printRefusal(() -> Group.run(NcclQuestions::initialiseBlocking));
                Group.run(() -> {});
                System.out.println("closed");
            }
            default -> throw new IllegalArgumentException("unknown question: " + arguments[0]);
        }
    }

    private static void initialiseBlocking() {
        Communicator.init(UniqueId.create(), 1, 0, CommConfig.blocking()).close();
    }

    private static void initialiseNonBlocking() {
        try (Communicator communicator = Communicator.init(UniqueId.create(), 2, 0, CommConfig.nonBlocking())) {
            communicator.awaitReady(Wait.atMost(LIMIT));
        }
    }

    private static void print(CommConfig config) {
        try (ncclConfig_t structure = config.toNative()) {
            byte[] bytes = new byte[structure.sizeof()];
            new BytePointer(structure).get(bytes);
            System.out.println(HexFormat.of().formatHex(bytes));
        }
    }

    private static void printRefusal(Runnable call) {
        try {
            call.run();
            System.out.println("not refused");
        } catch (NcclStatusException refused) {
            System.out.println(refused.call() + " | " + refused.result() + " | " + refused.lastError());
            System.out.println(refused.getMessage());
        }
    }
}
