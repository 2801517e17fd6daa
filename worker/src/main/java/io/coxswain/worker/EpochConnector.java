package io.coxswain.worker;

import io.coxswain.v1.RankInfo;
import io.coxswain.worker.collective.CollectiveBackend;
import io.coxswain.worker.collective.CollectiveException;
import io.coxswain.worker.collective.Communicator;
import io.coxswain.worker.collective.CommunicatorId;
import io.coxswain.worker.collective.GroupSpec;
import io.coxswain.worker.step.CoordinatorSession;
import io.coxswain.worker.step.GroupMembership;
import io.coxswain.worker.step.SessionTimeoutException;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * Connects the collectives of an epoch's ranks: rank 0 names the group, all get the name, all connect. Stateless: the forward
 * thread uses it, and the thread that prepares a planned epoch.
 */
record EpochConnector(CoordinatorSession session, CollectiveBackend backend, EpochGate gate) {

    /**
     * Blocks up to the preparation's timeout. Whoever gets the communicator closes it, and tells the gate before.
     *
     * @throws PreparationException if they cannot be connected, which the coordinator has been told
     * @throws io.coxswain.worker.step.SessionException if the epoch or the session ends before
     */
    Communicator connect(GroupMembership group) throws InterruptedException {
        try {
            return connected(group);
        } catch (CollectiveException | SessionTimeoutException | IllegalArgumentException failed) {
            // The last one: what a peer has told the coordinator makes no group here, such as an address that is not
            // known.
            String reason = String.valueOf(failed.getMessage());
            session.preparationFailed(group, reason);
            throw new PreparationException(reason, failed);
        }
    }

    private Communicator connected(GroupMembership group) throws InterruptedException {
        if (group.rank() == 0) {
            session.publishCommunicatorId(group, backend.createId().toByteArray());
        }
        byte[] id = session.awaitCommunicatorId(group, group.prepareTimeout());
        List<InetSocketAddress> peers = group.ranks().stream()
                .map(RankInfo::getCollectiveAddress)
                .map(address -> WorkerConfig.HostPort.parse("collective_address", address))
                .map(address -> new InetSocketAddress(address.host(), address.port()))
                .toList();
        String epoch = Long.toString(group.number());
        Communicator communicator = backend.create(
                new GroupSpec(epoch, CommunicatorId.of(id), group.rank(), peers, group.prepareTimeout()));
        gate.guard(group.number(), communicator);
        try {
            communicator.connect();
            return communicator;
        } catch (CollectiveException failed) {
            gate.release(group.number());
            communicator.close();
            throw failed;
        }
    }
}
