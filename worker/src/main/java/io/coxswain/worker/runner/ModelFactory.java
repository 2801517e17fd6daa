package io.coxswain.worker.runner;

import io.coxswain.worker.device.Device;

/** Makes a model of one's own for the stock worker. A class that {@code --model-class} names has a public constructor without arguments. */
public interface ModelFactory {

    /** Called once, by the forward thread. The device stays the caller's; the model is closed before it. */
    Model open(Device device);
}
