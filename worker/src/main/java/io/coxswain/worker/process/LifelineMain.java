package io.coxswain.worker.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Objects;

/**
 * Runs another main class in this process, and ends the process when its standard input ends: whoever started it holds the other end,
 * so that nothing is left when that is gone, however it went. The other class finds its standard input empty.
 */
public final class LifelineMain {
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    private LifelineMain() {}

    /** The first argument is the class, the others are its own. */
    public static void main(String[] arguments) throws Throwable {
        if (arguments.length == 0) {
            System.err.println("the name of a main class is missing");
            System.exit(USAGE);
        }
        Method main = find(arguments[0]);
        watch(System.in);
        System.setIn(InputStream.nullInputStream());
        try {
            main.invoke(null, (Object) Arrays.copyOfRange(arguments, 1, arguments.length));
        } catch (InvocationTargetException thrown) {
            throw Objects.requireNonNull(thrown.getCause());
        }
    }

    private static Method find(String name) {
        try {
            Method main = Class.forName(name).getMethod("main", String[].class);
            if (Modifier.isStatic(main.getModifiers())) {
                main.setAccessible(true);
                return main;
            }
            System.err.println("--worker-main: '" + name + "' is refused; its main method is not static");
        } catch (ClassNotFoundException missing) {
            System.err.println("--worker-main: '" + name + "' is refused; there is no such class on the class path "
                    + System.getProperty("java.class.path"));
        } catch (NoSuchMethodException missing) {
            System.err.println("--worker-main: '" + name + "' is refused; it has no public static main(String[])");
        }
        System.exit(USAGE);
        throw new IllegalStateException("exit has returned");
    }

    /** Halts this process when the stream ends; the thread is a daemon. */
    private static void watch(InputStream lifeline) {
        Thread watcher = new Thread(
                () -> {
                    try {
                        lifeline.transferTo(OutputStream.nullOutputStream());
                    } catch (IOException gone) {
                        System.err.println("the lifeline broke: " + gone.getMessage());
                    }
                    System.err.println("the process that started this worker is gone");
                    Runtime.getRuntime().halt(FAILED);
                },
                "lifeline");
        watcher.setDaemon(true);
        watcher.start();
    }
}
