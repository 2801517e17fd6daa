package io.coxswain.coordinator.grpc;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** A message that is encoded once and sent to many streams. The bytes must not be changed. */
record EncodedMessage(byte[] bytes) {

    static final MethodDescriptor.Marshaller<EncodedMessage> MARSHALLER = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(EncodedMessage value) {
            return new Bytes(value.bytes());
        }

        @Override
        public EncodedMessage parse(InputStream stream) {
            throw new UnsupportedOperationException("a coordinator sends these messages, it reads none");
        }
    };

    /** The stream that gRPC drains in one write. */
    private static final class Bytes extends ByteArrayInputStream implements KnownLength, Drainable {

        Bytes(byte[] bytes) {
            super(bytes);
        }

        @Override
        public int drainTo(OutputStream target) throws IOException {
            int length = count - pos;
            target.write(buf, pos, length);
            pos = count;
            return length;
        }
    }
}
