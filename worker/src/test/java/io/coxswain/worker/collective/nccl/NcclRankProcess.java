package io.coxswain.worker.collective.nccl;

import io.coxswain.worker.collective.CollectiveException;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.CommunicatorId;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.device.DeviceView;
import io.coxswain.worker.device.cuda.CudaDevice;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;

/**
 * A rank as a process of its own, with the device of the number it is given. It reads {@code id}, {@code epoch NAME RANK ID
 * ADDRESS...}, {@code abort NAME} and {@code quit}, a line each, and tells what it does. In an epoch it gathers until that fails.
 */
final class NcclRankProcess {
    private final NcclCollectiveBackend backend;
    private final GpuDevice device;
    private final BlockingQueue<String[]> commands = new LinkedBlockingQueue<>();
    private final Map<String, Communicator> communicators = new ConcurrentHashMap<>();

    private NcclRankProcess(NcclCollectiveBackend backend, GpuDevice device) {
        this.backend = backend;
        this.device = device;
    }

    public static void main(String[] arguments) throws InterruptedException {
        GpuDevice device = GpuDevice.open(Integer.parseInt(arguments[0]));
        try (CudaDevice gpu = device.gpu();
                var backend = NcclCollectiveBackend.open(NcclDevice.of(gpu), NcclConfig.defaults(), System::nanoTime)) {
            say("address " + backend.localAddress().getHostString() + ":"
                    + backend.localAddress().getPort());
            new NcclRankProcess(backend, device).run();
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private void run() throws InterruptedException {
        Thread reader = new Thread(this::readCommands, "commands");
        reader.setDaemon(true);
        reader.start();
        while (true) {
            String[] words = commands.take();
            switch (words[0]) {
                case "id" ->
                    say("id " + HexFormat.of().formatHex(backend.createId().toByteArray()));
                case "epoch" -> runEpoch(words);
                default -> {
                    return;
                }
            }
        }
    }

    /** Aborts come on this thread, as a session's do; an end of input quits. */
    private void readCommands() {
        try (var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] words = line.split(" ");
                if (words[0].equals("abort")) {
                    Objects.requireNonNull(communicators.get(words[1])).abort("the test says so");
                } else {
                    commands.add(words);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            commands.add(new String[] {"quit"});
        }
    }

    private void runEpoch(String[] words) {
        int rank = Integer.parseInt(words[2]);
        List<InetSocketAddress> peers =
                Stream.of(words).skip(4).map(NcclRankProcess::address).toList();
        CommunicatorId id = CommunicatorId.of(HexFormat.of().parseHex(words[3]));
        var group = new GroupSpec(words[1], id, rank, peers, Duration.ofSeconds(30));
        DeviceView all = device.floats(new float[peers.size()]);
        try (Communicator communicator = backend.create(group)) {
            communicators.put(words[1], communicator);
            communicator.connect();
            for (long round = 0; ; round++) {
                try {
                    communicator.allGather(all.slice((long) Float.BYTES * rank, Float.BYTES), all);
                } finally {
                    communicator.awaitDone(); // where the epoch ends in a launch, this says when the device is free
                }
                if (round == 100) {
                    say("gathering " + words[1]);
                }
            }
        } catch (CollectiveException over) {
            say("ended " + words[1] + " " + over.getClass().getSimpleName() + " " + device.isIdle());
        }
    }

    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }
}
