import { ProtocolError } from "../codec/errors.ts";

/** What the system's error codes mean to a person. */
const REASONS: Readonly<Record<string, string>> = {
  EDQUOT: "the quota is used up",
  EFBIG: "it would be larger than a file may be",
  EIO: "the disk failed",
  EROFS: "the disk is read-only",
  ENOENT: "the folder is gone",
  EACCES: "access is denied",
  EPERM: "access is denied",
};

/**
 * Says a disk's error in words that may cross the network: without this machine's paths.
 *
 * @param what What could not be done: `Cannot write the file`.
 * @param cause What the system threw.
 * @returns `no_space` or `write_failed`.
 */
export function diskError(what: string, cause: unknown): ProtocolError {
  const code = errorCode(cause);
  if (code === "ENOSPC") {
    return new ProtocolError("no_space", `${what}: the disk is full`, { cause });
  }
  const reason = REASONS[code] ?? (code === "" ? "an unexpected error" : `error ${code}`);
  return new ProtocolError("write_failed", `${what}: ${reason}`, { cause });
}

/** The system's code of an error, such as `ENOSPC`; empty where it has none. */
export function errorCode(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (typeof code === "string") return code;
  if (error instanceof Deno.errors.NotFound) return "ENOENT";
  if (error instanceof Deno.errors.PermissionDenied) return "EACCES";
  return "";
}
