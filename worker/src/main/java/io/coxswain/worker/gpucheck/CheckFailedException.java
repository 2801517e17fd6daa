package io.coxswain.worker.gpucheck;

/** The device did what it was asked for, and the result is wrong. */
final class CheckFailedException extends RuntimeException {
    CheckFailedException(String message) {
        super(message);
    }
}
