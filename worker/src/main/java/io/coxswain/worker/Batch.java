package io.coxswain.worker;

/**
 * What a rank has to run next: facts, from which the coordinator decides for all.
 *
 * @param tokens 0 and above; 0: nothing
 * @param requests that they belong to, 0 to tokens
 * @param uniformTokens tokens of each request where all have the same; 0: they differ, or there are none
 * @param outlook whether there may be more
 */
public record Batch(int tokens, int requests, int uniformTokens, Outlook outlook) {

    /** Whether a rank may have work again. */
    public enum Outlook {
        MORE_MAY_COME,
        /** It has done all that there is; the job ends when all ranks say so and none has tokens. */
        FINISHED
    }

    /** Nothing at the moment. */
    public static final Batch NONE = new Batch(0, 0, 0, Outlook.MORE_MAY_COME);

    /** Nothing any more. */
    public static final Batch FINISHED = new Batch(0, 0, 0, Outlook.FINISHED);

    /** Some tokens of some requests. */
    public static Batch of(int tokens, int requests) {
        return new Batch(tokens, requests, 0, Outlook.MORE_MAY_COME);
    }
}
