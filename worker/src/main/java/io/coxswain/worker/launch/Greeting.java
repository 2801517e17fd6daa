package io.coxswain.worker.launch;

import io.coxswain.v1.NodeHello;
import java.net.InetSocketAddress;

/** Where a node joins, and what it says of itself. */
record Greeting(InetSocketAddress endpoint, NodeHello hello) {}
