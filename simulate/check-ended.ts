/** The check of a cluster came to no end of its own, and that is nobody's bug: told in its own words, without a stack. */
export class CheckEnded extends Error {}
