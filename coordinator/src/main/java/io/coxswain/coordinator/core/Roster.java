package io.coxswain.coordinator.core;

import io.coxswain.coordinator.core.ControlMessage.Refused;
import io.coxswain.coordinator.core.Effect.MembersChanged.PlaceMember;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The places of the job, who holds them, and who may. Owned by the group that holds it. */
final class Roster {

    private final GroupConfig config;
    private final Seat[] seats;
    private @Nullable JobSettings settings;

    Roster(GroupConfig config) {
        this.config = config;
        this.seats = new Seat[config.worldSize()];
        for (int place = 0; place < seats.length; place++) {
            seats[place] = new Seat(place);
        }
    }

    /** What an earlier coordinator knew. A place that this job does not have is left out: it is a hint. */
    void recall(JobMemory memory) {
        settings = memory.settings();
        for (JobMemory.PlaceMemory place : memory.places()) {
            Seat seat = seatOrNull(place.place());
            if (seat != null) {
                seat.recall(place);
            }
        }
    }

    /** The places of which there is anything to remember. */
    List<JobMemory.PlaceMemory> memories() {
        return Arrays.stream(seats).map(Seat::memory).filter(Objects::nonNull).toList();
    }

    @Nullable
    JobSettings settingsOrNull() {
        return settings;
    }

    Seat seat(int place) {
        return seats[place];
    }

    /** The seat of a place that a message names; null where there is no such place. */
    @Nullable
    Seat seatOrNull(int place) {
        return place >= 0 && place < seats.length ? seats[place] : null;
    }

    /** What is wrong with such a place. */
    String noSuchPlace(int place) {
        return "place is " + place + "; allowed are 0 to " + (seats.length - 1);
    }

    Seat[] seats() {
        return seats;
    }

    List<Seat> where(Predicate<Seat> condition) {
        List<Seat> found = new ArrayList<>();
        for (Seat seat : seats) {
            if (condition.test(seat)) {
                found.add(seat);
            }
        }
        return found;
    }

    /** All places. */
    Set<Integer> places() {
        return Arrays.stream(seats).map(seat -> seat.place).collect(Collectors.toSet());
    }

    /** The latest member of each place that ever had one. */
    List<PlaceMember> latestMembers() {
        List<PlaceMember> members = new ArrayList<>();
        for (Seat seat : seats) {
            Hello latest = seat.hello;
            if (latest != null) {
                members.add(new PlaceMember(seat.place, latest.member(), seat.state, seat.detail));
            }
        }
        return members;
    }

    @SuppressWarnings("ReferenceEquality") // a link is itself and nothing else
    @Nullable
    Seat byControl(Link control) {
        for (Seat seat : seats) {
            if (seat.control == control) {
                return seat;
            }
        }
        return null;
    }

    /** The job's settings; only when a member has joined. */
    JobSettings settings() {
        if (settings == null) {
            throw new IllegalStateException("nobody has joined");
        }
        return settings;
    }

    /** The first reason to refuse a newcomer whatever the places are; null where there is none. */
    @Nullable
    Refused objection(Hello hello) {
        if (!hello.job().equals(config.job())) {
            return new Refused(
                    Refused.Kind.WRONG_JOB,
                    "job is \"" + hello.job() + "\"; this coordinator serves \"" + config.job() + "\"");
        }
        int worldSize = hello.settings().worldSize();
        if (worldSize != config.worldSize()) {
            return differ(List.of(new SettingDifference(
                    "world_size", String.valueOf(config.worldSize()), String.valueOf(worldSize))));
        }
        if (settings != null) {
            List<SettingDifference> differences = settings.differencesTo(hello.settings());
            if (!differences.isEmpty()) {
                return differ(differences);
            }
        }
        return null;
    }

    private static Refused differ(List<SettingDifference> differences) {
        String text = differences.stream()
                .map(d -> d.field() + " is " + d.theirs() + ", the job's is " + d.ours())
                .collect(Collectors.joining("; "));
        return new Refused(Refused.Kind.SETTINGS_DIFFER, text);
    }

    /**
     * Who says hello, numbered: whoever wants an attempt gets the next of the place that it wants, and the same again where its welcome
     * has not reached it.
     */
    Hello numbered(Hello hello, TermId term) {
        if (hello.standing().numbering() != Hello.Numbering.WANTED) {
            return hello;
        }
        for (Seat seat : seats) {
            if (seat.hello != null && seat.hello.member().id() == hello.member().id()) {
                return hello.as(seat.highestAttempt(), seat.place);
            }
        }
        Seat wanted = hello.place().isPresent() ? seatOrNull(hello.place().getAsInt()) : firstFree();
        return wanted == null ? hello : hello.as(wanted.nextAttempt(term), wanted.place);
    }

    /** Why a newcomer may not have the place it wants; null where it may. */
    @Nullable
    Refused objectionToPlace(Hello hello) {
        if (hello.place().isEmpty()) {
            return firstFree() == null
                    ? new Refused(Refused.Kind.PLACE_TAKEN, "all " + seats.length + " places are taken")
                    : null;
        }
        int place = hello.place().getAsInt();
        Seat seat = seatOrNull(place);
        if (seat == null) {
            return new Refused(Refused.Kind.INVALID, noSuchPlace(place));
        }
        if (seat.isOf(hello.member())) {
            return seat.isMember()
                    ? null
                    : new Refused(Refused.Kind.LOST, "this member is not in the job any more: " + seat.detail);
        }
        Hello holder = seat.hello;
        Hello.Standing standing = hello.standing();
        if (holder != null
                && seat.isMember()
                && standing.numbering() == Hello.Numbering.WANTED
                && !standing.predecessorEnded()) {
            return new Refused(
                    Refused.Kind.PLACE_TAKEN,
                    "place " + place + " is held by " + seat.name()
                            + ", and whoever started this member has not said that that one has ended");
        }
        if (seat.admits(hello.member().attempt())) {
            return null;
        }
        return new Refused(
                Refused.Kind.PLACE_TAKEN,
                "place " + place + " " + (seat.isMember() ? "is" : "was") + " held by attempt "
                        + seat.highestKnownAttempt()
                        + (holder == null ? "" : " on " + holder.origin().host()) + "; this is attempt "
                        + hello.member().attempt());
    }

    /** The seat for somebody against whom there is no objection. */
    Seat seatFor(Hello hello) {
        if (settings == null) {
            settings = hello.settings();
        }
        Seat seat = hello.place().isPresent() ? seats[hello.place().getAsInt()] : firstFree();
        if (seat == null) {
            throw new IllegalStateException("no place is free");
        }
        return seat;
    }

    private @Nullable Seat firstFree() {
        for (Seat seat : seats) {
            if (!seat.isMember()) {
                return seat;
            }
        }
        return null;
    }
}
