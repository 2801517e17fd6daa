package io.coxswain.worker.process;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Hears signals instead of the JVM's own handlers, which would run shutdown hooks once and be deaf to a second
 * Ctrl-C. Closing it puts the former handlers back.
 *
 * <p>sun.misc.Signal is the only way a JVM offers, exported by jdk.unsupported for this use (JEP 260); it is called by
 * reflection because javac's warning about it cannot be suppressed in the source.
 */
public final class SignalWatch implements AutoCloseable {
    private final Method handle;
    private final Map<Object, Object> former = new LinkedHashMap<>();

    private SignalWatch(Method handle) {
        this.handle = handle;
    }

    /**
     * Hears these from now on.
     *
     * @param names of the signals, without SIG
     * @param onSignal gets the signal's number, on a thread of the JVM's; must not block
     */
    public static SignalWatch install(List<String> names, IntConsumer onSignal) {
        try {
            Class<?> signalClass = Class.forName("sun.misc.Signal");
            Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
            SignalWatch watch = new SignalWatch(signalClass.getMethod("handle", signalClass, handlerClass));
            Object handler = handler(handlerClass, signalClass.getMethod("getNumber"), onSignal);
            for (String name : names) {
                Object signal = signalClass.getConstructor(String.class).newInstance(name);
                watch.former.put(signal, watch.handle.invoke(null, signal, handler));
            }
            return watch;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JVM has no sun.misc.Signal (module jdk.unsupported)", e);
        }
    }

    @Override
    public void close() {
        try {
            for (Map.Entry<Object, Object> entry : former.entrySet()) {
                handle.invoke(null, entry.getKey(), entry.getValue());
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot restore the signal handlers", e);
        }
    }

    @SuppressWarnings("ReferenceEquality") // A proxy without state is equal to itself only.
    private static Object handler(Class<?> handlerClass, Method getNumber, IntConsumer onSignal) {
        InvocationHandler invocation = (proxy, method, arguments) -> switch (method.getName()) {
            case "handle" -> {
                onSignal.accept((Integer) getNumber.invoke(arguments[0]));
                yield null;
            }
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> "signal handler of this process";
        };
        return Proxy.newProxyInstance(handlerClass.getClassLoader(), new Class<?>[] {handlerClass}, invocation);
    }
}
