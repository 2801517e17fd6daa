package io.coxswain.coordinator.core;

/** Refusals of numbers, in one wording. */
final class Range {

    private Range() {}

    /** @throws IllegalArgumentException unless least &lt;= value &lt;= most; it names field, value and what is allowed */
    static void check(String field, int value, int least, int most) {
        if (value < least || value > most) {
            throw outside(field, value, least, String.valueOf(most));
        }
    }

    /** The same where the upper bound is the value of another field. */
    static void checkUpTo(String field, int value, int least, int most, String bound) {
        if (value < least || value > most) {
            throw outside(field, value, least, most + " (" + bound + ")");
        }
    }

    /** Messages carry counts as unsigned 32-bit numbers: one above the int range arrives as a negative int. */
    private static IllegalArgumentException outside(String field, int value, int least, String most) {
        return new IllegalArgumentException(
                field + " is " + Integer.toUnsignedString(value) + "; allowed are " + least + " to " + most);
    }
}
