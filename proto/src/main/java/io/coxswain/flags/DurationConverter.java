package io.coxswain.flags;

import io.coxswain.types.DurationText;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads durations as people write them on a command line: {@code 500ms}, {@code 10s}, {@code 2m}. Stateless. */
public final class DurationConverter implements ITypeConverter<Duration> {

    /**
     * Reads a whole number with its unit.
     *
     * @throws TypeConversionException if the text is not of that form
     */
    @Override
    public Duration convert(String text) {
        try {
            return DurationText.parse(text);
        } catch (IllegalArgumentException refused) {
            throw new TypeConversionException(refused.getMessage());
        }
    }
}
