/** Why a database cannot be used. */
export type DatabaseFault =
  /** Another process has the data folder. */
  | "in_use"
  /** It was written by a newer version. */
  | "newer"
  /** It is a database, but not one of ours. */
  | "foreign"
  /** It cannot be read as a database. */
  | "damaged"
  /** The system said no: no such folder, no permission, no room. */
  | "unusable";

/** A database, or the folder that it is in, cannot be used. Nothing of it was changed. */
export class DatabaseError extends Error {
  /** Why. */
  readonly fault: DatabaseFault;

  /**
   * Makes one.
   *
   * @param fault Why.
   * @param message A sentence for people: what was found, what to do.
   * @param options Its cause.
   */
  constructor(fault: DatabaseFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DatabaseError";
    this.fault = fault;
  }
}
