/** The command line is wrong: one line on standard error, exit 2. */
export class UsageError extends Error {
  /** The class's name, for printing. */
  override readonly name = "UsageError";
}

/** The program cannot go on, for a reason that a person can act on: its lines, exit 1. */
export class Failure extends Error {
  /** The class's name, for printing. */
  override readonly name = "Failure";
}
