import { ProtocolError } from "../codec/errors.ts";

/** What HTTP calls the errors that a person can do something about; any other is a fault of the server's. */
const STATUS: Readonly<Record<string, number>> = {
  invalid_path: 400,
  invalid_message: 400,
  invalid_json: 400,
  invalid_name: 400,
  invalid_room: 400,
  invalid_text: 400,
  size_mismatch: 400,
  hash_mismatch: 400,
  unauthorized: 401,
  forbidden: 403,
  banned: 403,
  invite_only: 403,
  muted: 403,
  sealed_only: 403,
  quota_exceeded: 403,
  unknown_name: 404,
  unknown_file: 404,
  files_not_offered: 404,
  upload_too_slow: 408,
  request_timeout: 408,
  cancelled: 409,
  id_conflict: 409,
  too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  too_many_connections: 429,
  too_many_sessions: 429,
  too_many_uploads: 429,
  server_full: 503,
  storage_failed: 503,
  shutdown: 503,
  no_space: 507,
};

/** How long a client is asked to wait before it tries again, in seconds, where nothing else is known. */
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
  return jsonTextAnswer(`${JSON.stringify(value)}\n`, status, headers);
}

/** As {@link jsonAnswer}, of what is text already. */
export function jsonTextAnswer(
  json: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(json, {
    status,
    headers: { ...headers, "content-type": "application/json" },
  });
}

/**
 * Tells an error: `{"code": …, "message": …}`, the code one of the protocol's, and what the code needs.
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
  const { code, message, details = {} } = error;
  const status = STATUS[code] ?? 500;
  const { retryAfterMs = RETRY_AFTER_S * 1_000 } = details as { readonly retryAfterMs?: number };
  return jsonAnswer({ code, message, ...details }, status, {
    ...headers,
    ...status === 401 && { "www-authenticate": "Bearer" },
    ...[429, 503].includes(status) && {
      "retry-after": String(Math.ceil(retryAfterMs / 1_000)),
    },
  });
}
