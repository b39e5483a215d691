import { ProtocolError } from "../codec/errors.ts";

/**
 * Says who asks: by `Authorization: Bearer …`, never by a cookie, which another site's page could use.
 *
 * @param request The request.
 * @param authenticate Knows the tokens; throws `unauthorized` where one is nobody's.
 * @returns What that gives.
 * @throws {ProtocolError} `unauthorized`.
 */
export async function authorize<T>(
  request: Request,
  authenticate: (bearer: string) => Promise<T>,
): Promise<T> {
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  if (bearer !== undefined) return await authenticate(bearer);
  throw new ProtocolError(
    "unauthorized",
    'A token is needed: "Authorization: Bearer " and what connect_ack gave, as docs/FILES.md tells',
  );
}
