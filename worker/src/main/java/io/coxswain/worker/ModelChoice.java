package io.coxswain.worker;

import io.coxswain.worker.runner.ModelFactory;
import io.coxswain.worker.runner.ffn.FfnConfig;
import java.lang.reflect.InvocationTargetException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a worker computes.
 *
 * @param builtIn shape and seed of the model that is built in
 * @param className of a {@link ModelFactory} on the class path, whose model runs instead; null, the default: the one that is built in
 */
public record ModelChoice(FfnConfig builtIn, @Nullable String className) {

    /**
     * Makes sure that there is a model.
     *
     * @throws IllegalArgumentException as {@link #factory}
     */
    void requireFactory() {
        var unused = factory();
    }

    /**
     * The factory of a model of the user's own; empty for the built-in one.
     *
     * @throws IllegalArgumentException naming the flag, the class and what is allowed
     */
    Optional<ModelFactory> factory() {
        if (className == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Class.forName(className)
                    .asSubclass(ModelFactory.class)
                    .getConstructor()
                    .newInstance());
        } catch (ClassNotFoundException e) {
            throw refused("there is no such class on the class path", e);
        } catch (ClassCastException | NoSuchMethodException | InstantiationException | IllegalAccessException e) {
            throw refused("it is none (" + e.getMessage() + ")", e);
        } catch (InvocationTargetException e) {
            throw refused("its constructor failed with " + e.getCause(), e);
        }
    }

    private IllegalArgumentException refused(String why, Exception cause) {
        return new IllegalArgumentException(
                "--model-class is " + className + "; allowed is a public class that implements "
                        + ModelFactory.class.getName() + " and has a public constructor without arguments: " + why,
                cause);
    }

    /** What has to be equal on all ranks. */
    Map<String, String> settings() {
        return className != null
                ? Map.of("model", className)
                : Map.of(
                        "model",
                        "feed-forward",
                        "hidden_width",
                        Integer.toString(builtIn.hidden()),
                        "inner_width",
                        Integer.toString(builtIn.inner()),
                        "seed",
                        Long.toString(builtIn.seed()));
    }
}
