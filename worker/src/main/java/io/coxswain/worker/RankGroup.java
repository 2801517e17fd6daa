package io.coxswain.worker;

import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.device.Device;

/**
 * The ranks of an epoch, as one of them sees them. To be used by the thread that is given it, until the next one begins.
 *
 * @param epoch its number
 * @param rank this one's, 0 to worldSize - 1
 * @param worldSize how many there are now
 * @param communicator their collectives; connected
 * @param device whose memory those work on
 */
public record RankGroup(long epoch, int rank, int worldSize, Communicator communicator, Device device) {}
