package io.coxswain.worker.launch;

/** What all parts of a launch share. */
record Desk(EventLoop loop, Terminal terminal, JobState state) {}
