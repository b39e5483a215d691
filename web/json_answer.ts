import { ProtocolError } from "../codec/errors.ts";

/** What HTTP calls the errors that a person can do something about; any other is a fault of the server's. */
const STATUS: Readonly<Record<string, number>> = {
  invalid_path: 400,
  invalid_message: 400,
  size_mismatch: 400,
  hash_mismatch: 400,
  unauthorized: 401,
  forbidden: 403,
  quota_exceeded: 403,
  unknown_file: 404,
  files_not_offered: 404,
  upload_too_slow: 408,
  cancelled: 409,
  too_large: 413,
  too_many_uploads: 429,
  shutdown: 503,
  no_space: 507,
};

/** How long a client is asked to wait before it tries again, in seconds. */
const RETRY_AFTER_S = 5;

/**
 * An answer of JSON.
 *
 * @param value What it says.
 * @param status The HTTP status. @default {200}
 * @param headers Further headers.
 */
export function jsonAnswer(
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(`${JSON.stringify(value)}\n`, {
    status,
    headers: { ...headers, "content-type": "application/json" },
  });
}

/**
 * Tells an error: `{"code": …, "message": …}`, the code one of the protocol's.
 *
 * @param error What was thrown.
 * @param headers Further headers.
 * @throws What was thrown, where it was not meant for the client.
 */
export function errorAnswer(
  error: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  if (!(error instanceof ProtocolError)) throw error;
  const { code, message } = error;
  const status = STATUS[code] ?? 500;
  return jsonAnswer({ code, message }, status, {
    ...headers,
    ...status === 401 && { "www-authenticate": "Bearer" },
    ...[429, 503].includes(status) && { "retry-after": String(RETRY_AFTER_S) },
  });
}
