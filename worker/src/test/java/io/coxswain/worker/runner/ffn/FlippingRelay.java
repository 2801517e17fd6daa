package io.coxswain.worker.runner.ffn;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Passes one connection on, and flips one bit of the byte at a given place of what the dialer sends. */
final class FlippingRelay implements AutoCloseable {
    /** The exponent's highest bit, where the byte is a float's high byte: a small number becomes a huge one. */
    private static final int MASK = 0x40;

    private final ServerSocket server;
    private final InetSocketAddress target;
    private final long place;
    private final AtomicBoolean flipped = new AtomicBoolean();
    private final List<Socket> sockets = new ArrayList<>();

    private FlippingRelay(ServerSocket server, InetSocketAddress target, long place) {
        this.server = server;
        this.target = target;
        this.place = place;
    }

    static FlippingRelay start(InetSocketAddress target, long place) throws IOException {
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        FlippingRelay relay = new FlippingRelay(server, target, place);
        daemon(relay::serve);
        return relay;
    }

    InetSocketAddress address() {
        return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
    }

    boolean flipped() {
        return flipped.get();
    }

    private void serve() throws IOException {
        Socket dialer = keep(server.accept());
        Socket acceptor = keep(new Socket(target.getAddress(), target.getPort()));
        daemon(() -> copy(acceptor, dialer, Long.MAX_VALUE));
        copy(dialer, acceptor, place);
    }

    private synchronized Socket keep(Socket socket) throws IOException {
        sockets.add(socket);
        socket.setTcpNoDelay(true);
        return socket;
    }

    private void copy(Socket from, Socket to, long flipAt) throws IOException {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        byte[] buffer = new byte[1 << 16];
        long passed = 0;
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            if (flipAt >= passed && flipAt < passed + count) {
                buffer[(int) (flipAt - passed)] ^= MASK;
                flipped.set(true);
            }
            out.write(buffer, 0, count);
            passed += count;
        }
        to.shutdownOutput();
    }

    private interface Task {
        void run() throws IOException;
    }

    private static void daemon(Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (IOException e) {
                // Its end is the end of the test's connections; a relay that fails before shows in the ranks' results.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public synchronized void close() throws IOException {
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
