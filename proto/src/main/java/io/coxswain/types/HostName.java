package io.coxswain.types;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** This machine's name, without asking a name server: that could outlast every deadline. */
public final class HostName {
    private HostName() {}

    /** As the kernel has it; "localhost" where it does not say. */
    public static String ofThisMachine() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            return "localhost";
        }
    }
}
