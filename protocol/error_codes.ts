/** What an error code means. */
export interface ErrorCode {
  /** Whether the connection ends after it. */
  readonly fatal: boolean;
  /** A sentence for docs/PROTOCOL.md. */
  readonly meaning: string;
}

const fatal = (meaning: string): ErrorCode => ({ fatal: true, meaning });
const answer = (meaning: string): ErrorCode => ({ fatal: false, meaning });

/** Every code that an `error`, `refuse` or `cancel` of Parley's own programs carries. */
export const ERROR_CODES = {
  // Any connection.
  bad_frame: fatal("The bytes are no frame: the first one is not 0."),
  unknown_frame_kind: fatal("A frame's kind is neither 1 (json) nor 2 (data)."),
  frame_too_large: fatal("A frame announces more bytes than its kind allows."),
  truncated_frame: fatal("The connection ended inside a frame."),
  invalid_json: fatal("A json frame holds no UTF-8 JSON object."),
  invalid_message: answer(
    "The payload lacks a field or has one of the wrong shape. Ends a connection only before `connect` or `hello` is answered, and in a transfer.",
  ),
  unknown_type: answer(
    "The message's type is not known, or not one that this side may send. Ends a connection only before `connect` or `hello` is answered, and in a transfer.",
  ),
  unexpected_data: fatal("A data frame came where none may be."),
  unexpected_message: fatal("The message may not be sent at this point."),
  unsupported_protocol: fatal("The version of the protocol is not 1."),
  handshake_timeout: fatal("`connect` or `hello` did not come in time."),
  idle_timeout: fatal("Nothing came from the peer for too long, not even a `pong`."),
  slow_consumer: fatal("The peer took no byte for 10 s."),
  server_full: fatal("The server has as many connections as it allows; try later."),
  too_many_connections: fatal("This address has as many connections as one may have."),
  too_many_requests: fatal(
    "On a WebSocket, which cannot be paused: more requests wait to be done than may.",
  ),
  request_timeout: answer("On the web: a request's body did not come in time."),
  unsupported_media_type: answer("On the web: the body is not said to be JSON."),
  rate_limited: answer(
    "Too much in a short time: on the web, try again when `Retry-After` says; of `away`, when `retryAfterMs` says.",
  ),
  shutdown: fatal("The server is stopping; connect again later."),
  internal_error: fatal("A fault of the server's own; its log says more."),
  // Chat.
  already_connected: answer("`connect` was sent twice."),
  invalid_name: answer("The name breaks the rules for names."),
  name_taken: answer("The name belongs to somebody else: neither its key nor its token was shown."),
  wrong_proof: fatal(
    "The signature of `prove` is not the key's, or is one for another server or nonce.",
  ),
  key_needed: answer("Without a key one may not connect here, or not as that name."),
  key_not_allowed: answer("The server lets in keys that are on its list, and this one is not."),
  password_needed: answer("The server has a password, and `connect` bore none."),
  wrong_password: answer(
    "The password is wrong, or this address has guessed too often: it is not looked at until `retryAfterMs` is over.",
  ),
  plain_connection: fatal(
    "A client's own: it did not send the password, which everybody on the way could have read.",
  ),
  unknown_link: answer("No device waits for a code that begins so, or not any more."),
  link_refused: answer("The device that made the code did not take this one in."),
  too_many_keys: answer("The name has as many keys as one may have; take one from it."),
  unknown_key: answer("The name has no such key, or nobody waits with it."),
  too_many_tokens: answer(
    "The name has as many secrets for programs as one may have; `logout` ends them.",
  ),
  logged_out: fatal("The name's secrets were ended; connect again, with its key."),
  key_revoked: fatal("The key was taken from the name."),
  too_many_sessions: answer("The name has as many sessions as one may have."),
  replaced: fatal("The same device connected again; this session has ended for it."),
  invalid_room: answer("The room's name breaks the rules for rooms."),
  too_many_rooms: answer("This connection is in as many rooms as one may be."),
  invalid_text: answer("The text is empty, too long, or holds control characters."),
  forbidden: answer("Not without being in the room; of inboxes only one's own."),
  unknown_name: answer("Nobody has that name, so nothing was sent."),
  unknown_file: answer("The server keeps no file with that id, or not any more; nothing was sent."),
  files_not_offered: answer("This server keeps no files."),
  quota_exceeded: answer("The files of this name, or of everybody, take as much room as they may."),
  too_many_transfers: fatal("The name has as many transfers at once as one may have; try later."),
  too_many_uploads: answer("As many uploads are under way as there may be at once; try later."),
  upload_too_slow: answer("What was uploaded came too slowly; what has come may be gone on with."),
  unauthorized: answer("The token is missing, or is not that of a name here."),
  id_conflict: answer("The id was used before, for something else."),
  storage_failed: answer("The server could not store it; nothing was acknowledged. Send it again."),
  // Rooms.
  room_exists: answer("There is such a room already, or the name is nobody's to take."),
  too_many_new_rooms: answer(
    "As many rooms were made under this name, or from this address, as may be.",
  ),
  guests_own_nothing: answer(
    "A guest cannot own or moderate a room: a name of one's own is needed.",
  ),
  kicked: answer("In `left`: one was removed from the room, and may join it again."),
  banned: answer(
    "One is banned from the room: `until` says how long, for ever where it is absent.",
  ),
  invite_only: answer("The room is private: its owner or an operator must invite one first."),
  muted: answer("One may read and say nothing in the room: `until` says how long."),
  sealed_only: answer("The room is secret: only what is `sealed` may be said there."),
  not_operator: answer(
    "Only the room's owner and operators, and the server's admins, may do this.",
  ),
  not_owner: answer("Only the room's owner and the server's admins may do this."),
  protected_member: answer(
    "Nobody may act against the owner, and no operator against another one.",
  ),
  unknown_event: answer("The room has no message of that number, or not any more."),
  list_full: answer("The room's list of these is full: take somebody out of it first."),
  // Transfer.
  invalid_path: answer("The offered name is not one that may be saved."),
  unsupported_kind: answer("The receiver does not take this kind of entry."),
  exists: answer("The name exists and the receiver does not replace it."),
  too_large: answer("The file is larger than the receiver takes."),
  no_space: answer("The receiver's disk has no room for it."),
  too_many_files: answer("The receiver takes no more files from this connection."),
  too_many_offers: fatal("More than 256 offers wait for their final answer."),
  size_mismatch: answer("What came is not as long as was said."),
  hash_mismatch: answer("What came is not what was sent: the hashes differ."),
  read_failed: answer("The sender could not read the file any further."),
  write_failed: answer("The receiver could not write the file."),
  file_changed: answer("The file changed while it was being sent."),
  cancelled: answer("The sender or the receiver was told to stop."),
  // Sealed messages and files: what clients tell their own people; most of it never is on the wire.
  cannot_decrypt: answer("It is not encrypted to this device, or what was encrypted was changed."),
  bad_signature: answer("The signature of a sealed message is not that of its key."),
  wrong_place: answer(
    "A sealed message was written for another place, by another key or as another kind.",
  ),
  damaged: answer("What was sealed is no message, or no file, of the agreed form."),
  key_changed: answer("A contact's key is another one than was known; nothing was sent."),
  not_sealed: answer("It cannot be encrypted, and is not to be sent in the open."),
  room_locked: answer("The secret room's passphrase was not given yet."),
  wrong_passphrase: answer("The passphrase does not open the secret room."),
  weak_passphrase: answer("The passphrase is too short for a secret room."),
  bad_identity: answer("It is no age identity of the kind X25519."),
} as const satisfies Readonly<Record<string, ErrorCode>>;

/** A code of {@link ERROR_CODES}. */
export type KnownErrorCode = keyof typeof ERROR_CODES;

/**
 * Whether a connection ends after an error of this code.
 *
 * @param code A code, known or not.
 * @returns True for unknown codes: what is not understood is not trusted.
 */
export function isFatal(code: string): boolean {
  return (ERROR_CODES as Readonly<Record<string, ErrorCode>>)[code]?.fatal ?? true;
}
