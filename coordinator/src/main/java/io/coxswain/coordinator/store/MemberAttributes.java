package io.coxswain.coordinator.store;

import com.hazelcast.cluster.Member;
import com.hazelcast.config.MemberAttributeConfig;
import java.util.Objects;

/** What each replica tells the others about itself when it joins. Stateless. */
final class MemberAttributes {

    private static final String SCHEMA = "coxswain.schema";
    private static final String ID = "coxswain.id";
    private static final String HOST = "coxswain.host";
    private static final String PID = "coxswain.pid";
    private static final String ADDRESS = "coxswain.address";
    private static final String NONE = "none";

    private MemberAttributes() {}

    static void write(HazelcastStore.Identity identity, MemberAttributeConfig attributes) {
        ReplicaProcess process = identity.process();
        attributes.setAttribute(SCHEMA, Integer.toString(identity.schema()));
        attributes.setAttribute(ID, Long.toString(identity.id()));
        attributes.setAttribute(HOST, process.host());
        attributes.setAttribute(PID, Long.toString(process.pid()));
        attributes.setAttribute(ADDRESS, process.address());
    }

    /** The schema of a member's records; "none" where it says nothing. */
    static String schema(Member member) {
        return Objects.requireNonNullElse(member.getAttribute(SCHEMA), NONE);
    }

    static long id(Member member) {
        return Long.parseLong(required(member, ID));
    }

    static Replicas.Replica replica(Member member) {
        var process = new ReplicaProcess(
                required(member, HOST), Long.parseLong(required(member, PID)), required(member, ADDRESS));
        return new Replicas.Replica(id(member), process, address(member));
    }

    /** host:port of its part of the store. */
    static String address(Member member) {
        return member.getAddress().getHost() + ":" + member.getAddress().getPort();
    }

    private static String required(Member member, String name) {
        String value = member.getAttribute(name);
        if (value == null) {
            throw new IllegalStateException("the member at " + address(member) + " says no " + name);
        }
        return value;
    }
}
