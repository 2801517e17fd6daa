package io.coxswain.coordinator.observe;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The flags that say which job a command is about; {@link StatusSettings} says what is allowed. */
final class JobSelection {

    @Option(
            names = "--coordinator",
            paramLabel = "HOST:PORT",
            converter = HostPortConverter.class,
            description = "Whom to ask. Default: the job that runs on this machine.")
    private @Nullable HostPort coordinator;

    @Option(
            names = "--job",
            paramLabel = "NAME",
            description = "Which of the jobs on this machine. Default: the only one.")
    private @Nullable String job;

    @Option(
            names = "--job-dir",
            paramLabel = "DIR",
            description = "Where the jobs of this machine are entered. Default: $$XDG_RUNTIME_DIR/coxswain, else"
                    + " /tmp/coxswain-UID.")
    private @Nullable Path jobDirectory;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "5s",
            converter = DurationConverter.class,
            description = "How long to wait for the answer, 1ms to 60m. Default: ${DEFAULT-VALUE}.")
    private Duration timeout = Duration.ZERO;

    StatusSettings settings(StatusSettings.Format format) {
        return new StatusSettings(coordinator, job, jobDirectory, format, timeout);
    }

    /** Reads {@code --coordinator}. */
    static final class HostPortConverter implements ITypeConverter<HostPort> {
        @Override
        public HostPort convert(String text) {
            try {
                return HostPort.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
