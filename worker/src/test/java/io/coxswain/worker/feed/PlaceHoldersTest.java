package io.coxswain.worker.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.coxswain.v1.FeedDown;
import io.coxswain.v1.Member;
import io.coxswain.v1.MembersUpdate;
import io.coxswain.v1.PlaceMember;
import io.grpc.stub.StreamObserver;
import org.junit.jupiter.api.Test;

class PlaceHoldersTest {

    private final PlaceHolders holders = new PlaceHolders();

    @Test
    void shouldTakeTheCoordinatorsWordForAMemberThatIsGone() {
        assertThat(holders.add(stream(1, 100, 0))).isNull();
        assertThat(holders.update(word(1, 100, 0, true))).isEmpty();

        assertThat(holders.update(word(1, 100, 0, false))).containsExactly(100L);
        assertThat(holders.update(word(1, 100, 0, false)))
                .as("the same word again")
                .isEmpty();
    }

    @Test
    void shouldTakeAHigherAttemptForTheEndOfTheLowerOne() {
        holders.add(stream(1, 100, 0));

        assertThat(holders.update(word(1, 200, 1, true))).containsExactly(100L);
    }

    @Test
    void shouldTakeAnotherMemberOfTheSameAttemptForTheEndOfTheFirst() {
        holders.add(stream(1, 100, 1000));
        holders.add(stream(1, 200, 1000));

        assertThat(holders.update(word(1, 200, 1000, true))).containsExactly(100L);
    }

    @Test
    void shouldNotJudgeAMemberByWhatWasSaidOfItsPredecessor() {
        holders.add(stream(1, 200, 1));

        assertThat(holders.update(word(1, 100, 0, false))).isEmpty();
    }

    @Test
    void shouldRefuseWhomTheCoordinatorHasGivenUp() {
        holders.update(word(1, 200, 1, true));

        assertThat(holders.add(stream(1, 100, 0))).isEqualTo("place 1 is held by attempt 1; this is attempt 0");
        assertThat(holders.add(stream(1, 200, 1))).isNull();
        holders.update(word(1, 200, 1, false));
        assertThat(holders.add(stream(1, 200, 1)))
                .isEqualTo("place 1 is held by attempt 1, which is gone: killed; this is attempt 1");
    }

    @Test
    void shouldRefuseALowerAttemptThanOneThatHasPulled() {
        holders.add(stream(1, 200, 1));

        assertThat(holders.add(stream(1, 100, 0))).isEqualTo("attempt 1 has pulled for place 1; this is attempt 0");
        assertThat(holders.add(stream(2, 300, 0))).as("of another place").isNull();
        assertThat(holders.add(stream(1, 200, 1))).as("again").isNull();
    }

    private static MembersUpdate word(int place, long member, int attempt, boolean live) {
        return MembersUpdate.newBuilder()
                .addPlaces(PlaceMember.newBuilder()
                        .setPlace(place)
                        .setMember(Member.newBuilder().setId(member).setAttempt(attempt))
                        .setLive(live)
                        .setDetail(live ? "" : "killed"))
                .build();
    }

    private static PullStream stream(int place, long member, int attempt) {
        return new PullStream(
                place, Member.newBuilder().setId(member).setAttempt(attempt).build(), new Silent());
    }

    /** Nothing is said in these tests. */
    private static final class Silent implements StreamObserver<FeedDown> {
        @Override
        public void onNext(FeedDown down) {
            throw new AssertionError("said " + down);
        }

        @Override
        public void onError(Throwable reason) {
            throw new AssertionError(reason);
        }

        @Override
        public void onCompleted() {
            throw new AssertionError("completed");
        }
    }
}
