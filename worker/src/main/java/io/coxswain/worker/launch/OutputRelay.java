package io.coxswain.worker.launch;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one stream of a child line by line until it ends, on a daemon thread of its own. Lines longer than {@link
 * #LONGEST_LINE} characters are cut into several, so that memory stays bounded whatever the child writes.
 */
final class OutputRelay {
    static final int LONGEST_LINE = 8192;

    private static final Logger LOG = LoggerFactory.getLogger(OutputRelay.class);

    private final Thread thread;

    private OutputRelay(Thread thread) {
        this.thread = thread;
    }

    /**
     * @param sink gets each line, without its end, on the relay's thread
     */
    static OutputRelay start(String name, InputStream stream, LineSink sink) {
        Thread thread = new Thread(() -> relay(name, stream, sink), "relay-" + name);
        thread.setDaemon(true);
        thread.start();
        return new OutputRelay(thread);
    }

    /** Waits until the stream has ended and all its lines are passed on, but not longer than {@code limit}. */
    void awaitEnd(Duration limit) throws InterruptedException {
        thread.join(Math.max(1, limit.toMillis()));
    }

    private static void relay(String name, InputStream stream, LineSink sink) {
        try (Reader reader = new InputStreamReader(new BufferedInputStream(stream), StandardCharsets.UTF_8)) {
            readLines(reader, sink);
        } catch (IOException e) {
            LOG.debug("the output of {} ended: {}", name, e.getMessage());
        } finally {
            sink.close();
        }
    }

    static void readLines(Reader reader, LineSink sink) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = reader.read(); c >= 0; c = reader.read()) {
            boolean full = line.length() == LONGEST_LINE && c != '\r';
            if (c == '\n' || full) {
                sink.accept(line.toString());
                line.setLength(0);
            }
            if (c != '\n' && c != '\r') {
                line.append((char) c);
            }
        }
        if (line.length() > 0) {
            sink.accept(line.toString());
        }
    }
}
