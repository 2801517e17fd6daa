package io.coxswain.worker.step;

import io.coxswain.v1.ControlDown;
import io.coxswain.v1.ControlServiceGrpc;
import io.coxswain.v1.ControlUp;
import io.coxswain.v1.Hello;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import java.net.SocketAddress;
import java.util.Objects;

/** One control stream, which waits for a coordinator that serves. Owned by the event loop, on which its owner hears of it. */
final class ControlStream extends ClientCall.Listener<ControlDown> {

    private final ClientCall<ControlUp, ControlDown> call;
    private final Owner owner;
    private boolean isConnected;

    /** Hears what becomes of it. */
    interface Owner {
        /** It leads to a coordinator: what was said goes out only now. It may be told so on another thread, and more than once. */
        void onConnected(ControlStream stream);

        void onMessage(ControlStream stream, ControlDown down);

        void onClosed(ControlStream stream, Status status);
    }

    ControlStream(ManagedChannel channel, Owner owner) {
        this.call = channel.newCall(ControlServiceGrpc.getControlMethod(), CallOptions.DEFAULT.withWaitForReady());
        this.owner = owner;
    }

    /** Opens it, and says who this is as soon as there is somebody to say it to. */
    void start(Hello hello) {
        call.start(this, new Metadata());
        call.request(Integer.MAX_VALUE);
        send(ControlUp.newBuilder().setHello(hello).build());
    }

    void send(ControlUp message) {
        call.sendMessage(message);
    }

    /** Says that nothing more comes from here. */
    void finish() {
        call.halfClose();
    }

    void cancel(String reason) {
        call.cancel(reason, null);
    }

    /** Notes that it leads to a coordinator; whether that is news. */
    boolean connects() {
        boolean isFirst = !isConnected;
        isConnected = true;
        return isFirst;
    }

    /** Whom it leads to; only once something has come. */
    SocketAddress peer() {
        return Objects.requireNonNull(
                call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR), "a call that was answered has a peer");
    }

    @Override
    public void onReady() {
        owner.onConnected(this);
    }

    @Override
    public void onMessage(ControlDown down) {
        owner.onMessage(this, down);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        owner.onClosed(this, status);
    }
}
