import { ProtocolError } from "../codec/errors.ts";
import type { ModerateRequest } from "../protocol/chat.ts";
import type { Member } from "./member.ts";

/** Does `moderate` `delete`. */
export function remove(_member: Member, _room: string, _request: ModerateRequest): Promise<void> {
  return Promise.reject(new ProtocolError("unknown_type", '"delete" is not answered yet'));
}
