package io.coxswain.coordinator.store;

import com.hazelcast.config.AdvancedNetworkConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MergePolicyConfig;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.config.SplitBrainProtectionConfig;
import com.hazelcast.splitbrainprotection.SplitBrainProtectionOn;
import java.net.InetSocketAddress;
import java.util.Map;

/**
 * How Hazelcast is set up: a handful of small records on every replica, few threads, nothing that listens or calls out but
 * the replicas' own connections, and members that are given up soon. Stateless.
 */
final class HazelcastSettings {

    static final String MAP = "coxswain";

    private static final String MAJORITY = "majority";
    private static final int MOST_BACKUPS = 6;
    private static final int LEAST_REPLICAS_OF_A_MAJORITY = 3;

    /**
     * How long replicas that start together ask each other for a master before one of them claims to be it, with the consent of
     * all that it reaches. No less than one question, a second, and one request to join, another, so that a busy master is not
     * asked anew each time.
     */
    private static final int JOIN_SECONDS = 2;

    /**
     * One partition, for all records together are small; a frozen member is given up after five seconds.
     *
     * <p>Hazelcast takes the seconds of a mastership claim for the number of its tries as well, of which the first five follow
     * each other at once. A member that misses the frozen master a heartbeat later than the claimant refuses all tries until
     * then, and is left out of the cluster when they run out.
     *
     * <p>Other threads than Hazelcast's own do not write to its connections: with write-through its output thread was seen to
     * spin from the moment a frozen member's connections were closed, and what went to the healthy one was not sent.
     */
    static final Map<String, String> PROPERTIES = Map.ofEntries(
            Map.entry("hazelcast.logging.type", "slf4j"),
            Map.entry("hazelcast.logging.details.enabled", "false"),
            Map.entry("hazelcast.phone.home.enabled", "false"),
            Map.entry("hazelcast.shutdownhook.enabled", "false"),
            Map.entry("hazelcast.socket.bind.any", "false"),
            Map.entry("hazelcast.partition.count", "1"),
            Map.entry("hazelcast.operation.thread.count", "1"),
            Map.entry("hazelcast.operation.generic.thread.count", "2"),
            Map.entry("hazelcast.operation.response.thread.count", "0"),
            Map.entry("hazelcast.event.thread.count", "1"),
            Map.entry("hazelcast.io.thread.count", "1"),
            Map.entry("hazelcast.io.write.through", "false"),
            Map.entry("hazelcast.jmx", "false"),
            Map.entry("hazelcast.health.monitoring.level", "OFF"),
            Map.entry("hazelcast.slow.operation.detector.enabled", "false"),
            Map.entry("hazelcast.wait.seconds.before.join", "0"),
            Map.entry("hazelcast.max.wait.seconds.before.join", "0"),
            Map.entry("hazelcast.max.join.seconds", "30"),
            Map.entry("hazelcast.heartbeat.interval.seconds", "1"),
            Map.entry("hazelcast.max.no.heartbeat.seconds", "5"),
            Map.entry("hazelcast.mastership.claim.timeout.seconds", "300"),
            Map.entry("hazelcast.connection.monitor.interval", "50"),
            Map.entry("hazelcast.connection.monitor.max.faults", "2"),
            Map.entry("hazelcast.socket.connect.timeout.seconds", "2"),
            Map.entry("hazelcast.invocation.retry.pause.millis", "20"),
            Map.entry("hazelcast.operation.call.timeout.millis", "5000"));

    private HazelcastSettings() {}

    static Config config(HazelcastStore.Identity identity, Peers peers) {
        var config = new Config();
        config.setClusterName(identity.cluster());
        config.setClassLoader(HazelcastSettings.class.getClassLoader());
        PROPERTIES.forEach(config::setProperty);
        config.getJetConfig().setEnabled(false);
        config.getMetricsConfig().setEnabled(false);
        network(config.getAdvancedNetworkConfig(), peers);
        config.getSerializationConfig()
                .addDataSerializableFactory(StoreSerialization.FACTORY_ID, new StoreSerialization())
                .setJavaSerializationFilterConfig(new JavaSerializationFilterConfig());
        MemberAttributes.write(identity, config.getMemberAttributeConfig());
        config.addMapConfig(map(config, peers));
        return config;
    }

    /** Members only: a member endpoint of its own leaves out all that Hazelcast's clients would need. */
    private static void network(AdvancedNetworkConfig network, Peers peers) {
        InetSocketAddress own = peers.own();
        var endpoint = new ServerSocketEndpointConfig();
        endpoint.setPort(own.getPort()).setPortAutoIncrement(false).setReuseAddress(true);
        endpoint.getInterfaces().setEnabled(true).addInterface(own.getAddress().getHostAddress());
        JoinConfig join =
                network.setEnabled(true).setMemberEndpointConfig(endpoint).getJoin();
        join.getMulticastConfig().setEnabled(false);
        join.getAutoDetectionConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(!peers.isAlone()).setConnectionTimeoutSeconds(JOIN_SECONDS);
        if (!peers.isAlone()) {
            peers.all()
                    .forEach(peer ->
                            join.getTcpIpConfig().addMember(peer.getAddress().getHostAddress() + ":" + peer.getPort()));
        }
    }

    /**
     * Every replica has all records, and no write waits for that: a successor's would wait for the dead leader, and each renewal for
     * a frozen standby. What is lost by it costs nothing, since terms exceed what the ranks have promised.
     */
    private static MapConfig map(Config config, Peers peers) {
        MapConfig map = new MapConfig(MAP)
                .setInMemoryFormat(InMemoryFormat.BINARY)
                .setStatisticsEnabled(false)
                .setPerEntryStatsEnabled(false)
                .setBackupCount(0)
                .setAsyncBackupCount(Math.min(peers.wanted() - 1, MOST_BACKUPS))
                .setReadBackupData(true)
                .setMergePolicyConfig(new MergePolicyConfig(HigherTermWins.class.getName(), 1));
        if (peers.wanted() >= LEAST_REPLICAS_OF_A_MAJORITY) {
            config.addSplitBrainProtectionConfig(new SplitBrainProtectionConfig(MAJORITY, true, peers.wanted() / 2 + 1)
                    .setProtectOn(SplitBrainProtectionOn.WRITE));
            map.setSplitBrainProtectionName(MAJORITY);
        }
        return map;
    }
}
