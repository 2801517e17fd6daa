/**
 * How this process talks to sockets: the one choice of transport that its gRPC clients and servers share, and the words for what
 * ended a stream.
 */
@NullMarked
package io.coxswain.worker.net;

import org.jspecify.annotations.NullMarked;
