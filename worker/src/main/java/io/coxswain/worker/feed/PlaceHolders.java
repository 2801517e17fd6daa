package io.coxswain.worker.feed;

import io.coxswain.v1.MembersUpdate;
import io.coxswain.v1.PlaceMember;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Who pulls, and who of them is gone by the coordinator's word. An update says of each place who holds it or held it last; a member
 * that has pulled before the coordinator's word of it arrived has a higher attempt than that word, and is not judged by it. Owned
 * by the feed's event loop.
 */
final class PlaceHolders {

    /** One member that has pulled. */
    private record Holder(int place, int attempt) {}

    /** Those that may hold requests, by member; bounded by the places and what is not yet known to be gone. */
    private final Map<Long, Holder> holders = new HashMap<>();

    private final Map<Integer, PlaceMember> latest = new HashMap<>();

    /** Notes that a member pulls; why it may not, or null. */
    @Nullable
    String add(PullStream stream) {
        PlaceMember known = latest.get(stream.place());
        if (known != null && isGone(stream.place(), stream.attempt(), stream.member())) {
            return "place " + stream.place() + " is held by attempt "
                    + known.getMember().getAttempt() + (known.getLive() ? "" : ", which is gone: " + known.getDetail())
                    + "; this is attempt " + stream.attempt();
        }
        OptionalInt highest = highestAttempt(stream.place());
        if (highest.orElse(0) > stream.attempt()) {
            return "attempt " + highest.getAsInt() + " has pulled for place " + stream.place() + "; this is attempt "
                    + stream.attempt();
        }
        holders.put(stream.member(), new Holder(stream.place(), stream.attempt()));
        return null;
    }

    private OptionalInt highestAttempt(int place) {
        return holders.values().stream()
                .filter(holder -> holder.place() == place)
                .mapToInt(Holder::attempt)
                .max();
    }

    /** Takes the coordinator's word; the members that are gone since. */
    List<Long> update(MembersUpdate update) {
        for (PlaceMember place : update.getPlacesList()) {
            latest.put(place.getPlace(), place);
        }
        List<Long> gone = new ArrayList<>();
        holders.forEach((member, holder) -> {
            if (isGone(holder.place(), holder.attempt(), member)) {
                gone.add(member);
            }
        });
        gone.forEach(holders::remove);
        return gone;
    }

    private boolean isGone(int place, int attempt, long member) {
        PlaceMember known = latest.get(place);
        if (known == null) {
            return false;
        }
        int knownAttempt = known.getMember().getAttempt();
        boolean isIt = known.getMember().getId() == member;
        return knownAttempt > attempt || (knownAttempt == attempt && !isIt) || (isIt && !known.getLive());
    }
}
