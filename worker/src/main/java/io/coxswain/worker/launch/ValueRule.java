package io.coxswain.worker.launch;

import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What a flag's text may be.
 *
 * @param allowed the rule in words, for the refusal and the help text
 */
record ValueRule(String allowed, Predicate<String> accepts) {
    private static final Pattern DIGITS = Pattern.compile("[0-9]{1,19}");

    static ValueRule oneOf(String... values) {
        List<String> known = List.of(values);
        return new ValueRule("one of " + String.join(", ", known), known::contains);
    }

    /** Of a directory that is there. */
    static ValueRule directory() {
        return new ValueRule("a directory that is there", text -> Files.isDirectory(Path.of(text)));
    }

    static ValueRule wholeNumber(long least, long most) {
        return new ValueRule("a whole number from " + least + " to " + most, text -> isNumber(text, least, most));
    }

    /** Distinct whole numbers from 1, ascending, separated by commas. */
    static ValueRule ascendingNumbers(int most) {
        return new ValueRule(
                "ascending whole numbers from 1, separated by commas, at most " + most + " of them",
                text -> isAscending(text.split(",", -1), most));
    }

    /** @throws IllegalArgumentException naming the flag, the value and what is allowed */
    void check(String flag, String value) {
        if (!accepts.test(value)) {
            throw new IllegalArgumentException(flag + ": '" + value + "' is refused; allowed is " + allowed);
        }
    }

    private static boolean isAscending(String[] parts, int most) {
        if (parts.length > most || !Arrays.stream(parts).allMatch(part -> isNumber(part, 1, Integer.MAX_VALUE))) {
            return false;
        }
        long[] numbers = Arrays.stream(parts).mapToLong(Long::parseLong).toArray();
        for (int i = 1; i < numbers.length; i++) {
            if (numbers[i] <= numbers[i - 1]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNumber(String text, long least, long most) {
        if (!DIGITS.matcher(text).matches()) {
            return false;
        }
        BigInteger number = new BigInteger(text);
        return number.compareTo(BigInteger.valueOf(least)) >= 0 && number.compareTo(BigInteger.valueOf(most)) <= 0;
    }
}
