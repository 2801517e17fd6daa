package io.coxswain.worker.net;

import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Gives channels the addresses of all replicas: gRPC's own resolvers know one name each. gRPC finds this class by the service
 * loader. Stateless.
 */
public final class ReplicaResolverProvider extends NameResolverProvider {
    private static final String SCHEME = "coxswain-replicas";
    /** gRPC's own DNS resolver has 5, and stays what a target without a scheme is read by. */
    private static final int PRIORITY = 4;

    static String targetOf(ReplicaAddresses addresses) {
        try {
            // This constructor quotes the brackets of IPv6 addresses, which a path may not have.
            return new URI(SCHEME, "", "/" + addresses, null).toString();
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("no target can be made of " + addresses, e);
        }
    }

    @Override
    public String getDefaultScheme() {
        return SCHEME;
    }

    @Override
    public @Nullable NameResolver newNameResolver(URI target, NameResolver.Args args) {
        if (!SCHEME.equals(target.getScheme())) {
            return null;
        }
        return new ReplicaResolver(ReplicaAddresses.parse(target.getPath().substring(1)), args);
    }

    @Override
    protected boolean isAvailable() {
        return true;
    }

    @Override
    protected int priority() {
        return PRIORITY;
    }
}
