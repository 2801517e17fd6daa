package io.coxswain.coordinator.core;

/**
 * One start of a worker's process.
 *
 * @param id a random value, never 0
 * @param attempt how often the place was filled before; only rises
 */
public record MemberId(long id, int attempt) {

    /** Refuses id 0 and a negative attempt. */
    public MemberId {
        if (id == 0) {
            throw new IllegalArgumentException("member.id is 0; allowed is any other value");
        }
        if (attempt < 0) {
            throw new IllegalArgumentException("member.attempt is " + attempt + "; allowed is 0 and above");
        }
    }

    @Override
    public String toString() {
        return Long.toHexString(id) + "#" + attempt;
    }
}
