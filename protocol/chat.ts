/**
 * The messages of the chat protocol.
 *
 * Generated from protocol/schemas/ by `deno task generate`: change it there.
 *
 * @module
 */

/** Says who is there. The first message of a chat connection. */
export interface ConnectRequest {
  /** The version of the protocol: 1. */
  readonly protocol: number;
  /** The name wanted. */
  readonly name: string;
  /** The secret of this name: that `connect_ack` gave where no key owns it, or `token`; for a new name, 64 hexadecimal digits of the client's own choice. */
  readonly token?: string;
  /** The Ed25519 public key that owns the name, or is to own it. */
  readonly key?: string;
  /** A code of another device of the same person, to become one too. */
  readonly link?: {
    /** The public half of the code that one device shows and another one is told. */
    readonly id: string;
    /** Made with the code's secret half, of `linkText`. */
    readonly mac: string;
  };
  /** Which of the person's devices: replaces its own ghost. */
  readonly device?: string;
  /** A room to join at once. */
  readonly room?: string;
  /** The server's password, if it has one. */
  readonly password?: string;
  /** The log that `since` counts in. */
  readonly log?: string;
  /** Cursors by stream: the seq of the last event received in order. */
  readonly since?: Readonly<Record<string, number>>;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Follows a room, from a position or from now. */
export interface JoinRequest {
  /** The room's name. */
  readonly room: string;
  /** The seq of the last event received in order. */
  readonly since?: number;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Stops following a room. */
export interface LeaveRequest {
  /** The room's name. */
  readonly room: string;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Encrypted for its readers and signed by its sender: the server cannot read or change it. */
export interface Sealed {
  /** An age file (https://age-encryption.org/v1), in base64. */
  readonly cipher: string;
  /** The sender's key. */
  readonly key: string;
  /** The hash of the sender's message before in this conversation; zeros for the first one. */
  readonly previous: string;
  /** The sender's key's, of `sealedText`. */
  readonly signature: string;
}

/** Says something in a room that one is in. */
export interface MessageRequest {
  /** The room's name. */
  readonly room: string;
  /** What to say; empty with `sealed`. */
  readonly text: string;
  /** Encrypted for its readers and signed by its sender: the server cannot read or change it. */
  readonly sealed?: Sealed;
  /** Files that the server keeps, by their ids; it adds what it knows of them. With files the text may be empty. */
  readonly files?: readonly ({
    /** The file's id, which nobody can guess. */
    readonly id: string;
  })[];
  /** Chosen by the client, a ULID. */
  readonly id: string;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Writes to one person, who need not be connected. */
export interface PrivateRequest {
  /** Whom. */
  readonly to: string;
  /** What to write; empty with `sealed`. */
  readonly text: string;
  /** Encrypted for its readers and signed by its sender: the server cannot read or change it. */
  readonly sealed?: Sealed;
  /** Files that the server keeps, by their ids; it adds what it knows of them. With files the text may be empty. */
  readonly files?: readonly ({
    /** The file's id, which nobody can guess. */
    readonly id: string;
  })[];
  /** Chosen by the client, a ULID. */
  readonly id: string;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Reads a stream: the newest events, those before one, or those after one. Rooms that one is in, and one's own inbox. */
export interface HistoryRequest {
  /** A room's name, or `@name` for an inbox. */
  readonly stream: string;
  /** Only events before this one. */
  readonly before?: number;
  /** Only events after this one. */
  readonly after?: number;
  /** How many entries at most. */
  readonly limit?: number;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Looks for messages by their words, in the rooms that one is in and in one's own inbox, or in one of the rooms. */
export interface SearchRequest {
  /** Words that must all be in the text; `"several words"` one after the other, `begin*` any word that begins so. Case, accents and other signs do not count; without a word nothing is found. */
  readonly query: string;
  /** Only in this room. */
  readonly room?: string;
  /** Only what this member said or wrote. */
  readonly from?: string;
  /** How many at most; 20 if absent. */
  readonly limit?: number;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Moves this name's stored position in a stream, used where `since` is absent. */
export interface SeenRequest {
  /** A room's name, or `@name` for an inbox. */
  readonly stream: string;
  /** The newest event that was read. */
  readonly seq: number;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Asks who is in a room that one is in. */
export interface WhoRequest {
  /** The room's name. */
  readonly room: string;
  /** Only names after this one. */
  readonly after?: string;
  /** How many entries at most. */
  readonly limit?: number;
  /** Whether to tell more of each member, in `people`. */
  readonly details?: boolean;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Asks which rooms have members. */
export interface RoomsRequest {
  /** Only rooms after this one. */
  readonly after?: string;
  /** How many entries at most. */
  readonly limit?: number;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Makes a room that there is not yet, and becomes its owner. (To join a room that never was makes it too, with nothing set.) */
export interface CreateRequest {
  /** The room's name. */
  readonly room: string;
  /** What the room is about. */
  readonly topic?: string;
  /** Whether only who is invited may join. */
  readonly private?: boolean;
  /** The identity of a secret room, an age file under a passphrase, in base64: `joined` gives it to whoever may join, and only what is `sealed` may be said. */
  readonly secret?: string;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Asks about a room that one may join. */
export interface RoomRequest {
  /** The room's name. */
  readonly room: string;
  /** Of the lists, only names after this one. */
  readonly after?: string;
  /** How many list entries at most. */
  readonly limit?: number;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Does what a room's owner and operators may do, or removes a message of one's own. */
export interface ModerateRequest {
  /** The room's name. */
  readonly room: string;
  /** What to do. */
  readonly action:
    | "kick"
    | "ban"
    | "unban"
    | "mute"
    | "unmute"
    | "invite"
    | "uninvite"
    | "op"
    | "deop"
    | "topic"
    | "delete"
    | "private"
    | "public";
  /** Whom it is about: for all but `topic`, `delete`, `private` and `public`. */
  readonly name?: string;
  /** For `ban` and `mute`: how long, in milliseconds; for ever where it is absent. */
  readonly forMs?: number;
  /** For `topic`: the new one; none where it is absent or empty. */
  readonly topic?: string;
  /** For `delete`: the message's number in the room. */
  readonly seq?: number;
  /** Why, for people. */
  readonly reason?: string;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Says that one is away, or back: it holds for the name, on all its devices, until the last of its connections is gone. */
export interface AwayRequest {
  /** Whether one is away. */
  readonly away: boolean;
  /** What the person says about it: one line. Not sealed. */
  readonly text?: string;
  /** Since when, where it is said again on another connection, as `away` told it: what was said on another device since then stands. */
  readonly since?: number;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Shows that one has the key that `connect` named. */
export interface ProveRequest {
  /** Of `proofText`, with the nonce of `challenge`. */
  readonly signature: string;
  /** The age recipient (X25519) that what is for this device is encrypted to. */
  readonly recipient?: string;
  /** The key's, of `recipientText`. */
  readonly recipientSignature?: string;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Asks which keys a name has. */
export interface KeysRequest {
  /** Whose. */
  readonly name: string;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Begins to take in another device of the same person: whoever connects with this id within ten minutes is told as `link_wanted`. */
export interface LinkRequest {
  /** The public half of the code that one device shows and another one is told. */
  readonly id: string;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Takes in the device that `link_wanted` told of, whose code was found to be right; or turns it away. */
export interface EndorseRequest {
  /** The new device's key. */
  readonly key: string;
  /** This device's, of `endorsementText`; absent where the code was wrong. */
  readonly endorsement?: string;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Takes a key from one's name: of a device that is lost. Its sessions end, and the tokens that it was given. */
export interface RevokeRequest {
  /** Which one; not the last one. */
  readonly key: string;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Asks for a secret with which programs use the name, until `logout`, or `revoke` of the key that asked. */
export interface TokenRequest {
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Ends every secret that was given for this name, and this session. */
export interface LogoutRequest {
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Ends: everything asked is answered, flushed, closed. */
export interface QuitRequest {
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Asks for a sign of life. */
export interface Ping {
  /** Any number; comes back. */
  readonly t: number;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Answers `ping`. */
export interface Pong {
  /** The number of the `ping`. */
  readonly t: number;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Somebody who is connected has said to be away, and what about it. */
export interface Away {
  /** What the person says about it: one line. Not sealed. */
  readonly text?: string;
  /** Since when. */
  readonly since: number;
}

/** Answers `connect`. */
export interface ConnectAck {
  /** A greeting for people. */
  readonly message: string;
  /** The version spoken: 1. */
  readonly protocol: number;
  /** The name as it is registered. */
  readonly name: string;
  /** The name's secret, to show at the next `connect`; of a key's session, this session's, for files and HTTP. */
  readonly token: string;
  /** The random id of the log that every seq counts in. */
  readonly log: string;
  /** Whether the name was known, and the key or token showed it. */
  readonly resumed: boolean;
  /** The limits in force, by name. */
  readonly limits: Readonly<Record<string, number>>;
  /** Where the inbox stands. */
  readonly inbox: {
    /** The newest event of the inbox. */
    readonly seq: number;
    /** How many events came after the given position; they follow. */
    readonly missed: number;
    /** Where they are counted from the stored position: when `seen` last said that it was read so far, so that all of them came later. A client with a cursor of its own knows itself. */
    readonly missedSince?: number;
    /** Whether they are all that was missed: false when some are gone for good. */
    readonly complete: boolean;
  };
  /** Somebody who is connected has said to be away, and what about it. */
  readonly away?: Away;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Answers a `connect` that names a key: show that you have it, with `prove`. */
export interface Challenge {
  /** 32 random bytes, good for one answer on this connection. */
  readonly nonce: string;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** One of the keys that own a name: a device's. */
export interface KeyCard {
  /** The device's Ed25519 public key. */
  readonly key: string;
  /** When the server took it in. */
  readonly at: number;
  /** The age recipient (X25519) that what is for this device is encrypted to. */
  readonly recipient?: string;
  /** The key's own, of `recipientText`: nobody else chose the recipient. */
  readonly recipientSignature?: string;
  /** The older device of the same person that vouches for it. */
  readonly endorsedBy?: string;
  /** The older device's, of `endorsementText`. */
  readonly endorsement?: string;
}

/** Answers `keys`. */
export interface Keys {
  /** The name as it is registered. */
  readonly name: string;
  /** Its keys, the oldest first; none where a token owns the name. */
  readonly keys: readonly KeyCard[];
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Answers `link`. */
export interface Linking {
  /** The public half of the code that one device shows and another one is told. */
  readonly id: string;
  /** Until when. */
  readonly expiresAt: number;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Somebody who has the id of a `link` wants to become a device of this name. */
export interface LinkWanted {
  /** The new device's key, which it has proven to have. */
  readonly key: string;
  /** Made with the code's secret half, of `linkText`. */
  readonly mac: string;
}

/** Answers `endorse`: the device is in, or was turned away. */
export interface Endorsed {
  /** The new device's key. */
  readonly key: string;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Answers `revoke`. */
export interface Revoked {
  /** The key that is gone. */
  readonly key: string;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Answers `token`. */
export interface Token {
  /** The secret; the server keeps its hash only. */
  readonly token: string;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Answers `join`. */
export interface Joined {
  /** The room's name. */
  readonly room: string;
  /** How many members the room has. */
  readonly count: number;
  /** The newest event of the room. */
  readonly seq: number;
  /** How many events came after the given position; they follow. */
  readonly missed: number;
  /** Where they are counted from the stored position: when `seen` last said that it was read so far, so that all of them came later. A client with a cursor of its own knows itself. */
  readonly missedSince?: number;
  /** Whether they are all that was missed: false when some are gone for good. */
  readonly complete: boolean;
  /** What the room is about. */
  readonly topic?: string;
  /** Whether only who is invited may join. */
  readonly isPrivate?: boolean;
  /** Of a secret room: its age identity, encrypted with the passphrase that its members know; an age file in base64. What is said there is `sealed`. */
  readonly secret?: string;
  /** What one is there, where one may moderate. */
  readonly role?: "owner" | "operator" | "admin";
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Answers `leave`; or says that one was made to leave. */
export interface Left {
  /** The room's name. */
  readonly room: string;
  /** Where it was not asked for: `kicked`, `banned`, `invite_only`; more may come. */
  readonly code?: string;
  /** Then: a sentence for people. */
  readonly message?: string;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Answers `create`. */
export interface Created {
  /** The room's name. */
  readonly room: string;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** A name that is banned from a room, or muted there. */
export interface RestrictedName {
  /** Whom. */
  readonly name: string;
  /** Until when; for ever where it is absent. */
  readonly until?: number;
}

/** Answers `room`. The lists are for who may moderate. */
export interface RoomInfo {
  /** The room's name. */
  readonly room: string;
  /** Whose it is; absent where it is nobody's. */
  readonly owner?: string;
  /** Who may moderate beside the owner. */
  readonly operators: readonly string[];
  /** What the room is about. */
  readonly topic?: string;
  /** Whether only who is invited may join. */
  readonly isPrivate: boolean;
  /** Whether only what is `sealed` may be said. */
  readonly isSecret: boolean;
  /** What one is there, where one may moderate. */
  readonly role?: "owner" | "operator" | "admin";
  /** Who may join though the room is private, in order. */
  readonly invited?: readonly string[];
  /** Who may not join, in the order of the names. */
  readonly banned?: readonly RestrictedName[];
  /** Who may say nothing, in the order of the names. */
  readonly muted?: readonly RestrictedName[];
  /** Whether the lists have more, after the last of the names given. */
  readonly more: boolean;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Answers `moderate`: it is done. */
export interface Moderated {
  /** The room's name. */
  readonly room: string;
  /** What to do. */
  readonly action:
    | "kick"
    | "ban"
    | "unban"
    | "mute"
    | "unmute"
    | "invite"
    | "uninvite"
    | "op"
    | "deop"
    | "topic"
    | "delete"
    | "private"
    | "public";
  /** Whom it was about, as that name is registered. */
  readonly name?: string;
  /** Until when a ban or mute lasts, where it ends by itself. */
  readonly until?: number;
  /** What the room is about. */
  readonly topic?: string;
  /** The message that was removed. */
  readonly seq?: number;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Answers `away`: what holds for the name now. */
export interface AwayAnswer {
  /** Somebody who is connected has said to be away, and what about it. */
  readonly away?: Away;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Says that a `message` or `private` is stored, and how safely. */
export interface Ack {
  /** The id of what is acknowledged. */
  readonly id: string;
  /** The room, for a `message`. */
  readonly room?: string;
  /** The recipient, for a `private`. */
  readonly to?: string;
  /** Its number in the room, or in the sender's own inbox. */
  readonly seq: number;
  /** When it was stored. */
  readonly at: number;
  /** What the acknowledgement promises. */
  readonly stored: "memory" | "disk" | "replicated";
  /** For a `private`: whether the recipient is connected. */
  readonly delivered?: "live" | "queued";
  /** Somebody who is connected has said to be away, and what about it. */
  readonly away?: Away;
  /** Whether it was stored before under the same id. */
  readonly duplicate?: boolean;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** A file that the server keeps, and messages name. */
export interface SharedFile {
  /** The file's id, which nobody can guess. */
  readonly id: string;
  /** Its name, of one segment. */
  readonly name: string;
  /** Its size in bytes. */
  readonly size: number;
  /** Its media type, as the server sees its content. */
  readonly type: string;
  /** SHA-256 of its content. */
  readonly sha256: string;
}

/** The message was removed: its text and files are gone. */
export interface Removed {
  /** Who removed it. */
  readonly by: string;
  /** When. */
  readonly at: number;
}

/** Something said in a room; the sender gets its own too. */
export interface RoomMessage {
  /** The room's name. */
  readonly room: string;
  /** Who said it. */
  readonly sender: string;
  /** What was said; empty where it is sealed. */
  readonly text: string;
  /** Encrypted for its readers and signed by its sender: the server cannot read or change it. */
  readonly sealed?: Sealed;
  /** The files that belong to it. */
  readonly files?: readonly SharedFile[];
  /** The sender's id of it. */
  readonly id: string;
  /** Its number in the room's stream. */
  readonly seq: number;
  /** When it was stored. */
  readonly at: number;
  /** The message was removed: its text and files are gone. */
  readonly removed?: Removed;
  /** This event says that the message of this number was removed; its text is empty. */
  readonly removes?: number;
}

/** A private message, in the inboxes of both. */
export interface PrivateMessage {
  /** Who wrote it. */
  readonly from: string;
  /** Whom it was written to. */
  readonly to: string;
  /** What was written; empty where it is sealed. */
  readonly text: string;
  /** Encrypted for its readers and signed by its sender: the server cannot read or change it. */
  readonly sealed?: Sealed;
  /** The files that belong to it. */
  readonly files?: readonly SharedFile[];
  /** The sender's id of it. */
  readonly id: string;
  /** Its number in the reader's own inbox. */
  readonly seq: number;
  /** When it was stored. */
  readonly at: number;
}

/** Retention took events before they could be sent. */
export interface Gap {
  /** A room's name, or `@name` for an inbox. */
  readonly stream: string;
  /** The last event that was sent. */
  readonly after: number;
  /** The last event that is gone. */
  readonly through: number;
}

/** Answers `history`, oldest first. */
export interface HistoryPage {
  /** A room's name, or `@name` for an inbox. */
  readonly stream: string;
  /** What `message` or `private` carries: of a room, or of one's inbox. */
  readonly messages: readonly ({
    /** The room's name. */
    readonly room: string;
    /** Who said it. */
    readonly sender: string;
    /** What was said; empty where it is sealed. */
    readonly text: string;
    /** Encrypted for its readers and signed by its sender: the server cannot read or change it. */
    readonly sealed?: Sealed;
    /** The files that belong to it. */
    readonly files?: readonly SharedFile[];
    /** The sender's id of it. */
    readonly id: string;
    /** Its number in the room's stream. */
    readonly seq: number;
    /** When it was stored. */
    readonly at: number;
    /** The message was removed: its text and files are gone. */
    readonly removed?: Removed;
    /** This event says that the message of this number was removed; its text is empty. */
    readonly removes?: number;
  } | {
    /** Who wrote it. */
    readonly from: string;
    /** Whom it was written to. */
    readonly to: string;
    /** What was written; empty where it is sealed. */
    readonly text: string;
    /** Encrypted for its readers and signed by its sender: the server cannot read or change it. */
    readonly sealed?: Sealed;
    /** The files that belong to it. */
    readonly files?: readonly SharedFile[];
    /** The sender's id of it. */
    readonly id: string;
    /** Its number in the reader's own inbox. */
    readonly seq: number;
    /** When it was stored. */
    readonly at: number;
  })[];
  /** Whether there is more than this page. */
  readonly more: boolean;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Answers `search`: the newest that were found, newest first. */
export interface SearchPage {
  /** What `message` or `private` carries: of a room, or of one's inbox. */
  readonly messages: readonly ({
    /** The room's name. */
    readonly room: string;
    /** Who said it. */
    readonly sender: string;
    /** What was said; empty where it is sealed. */
    readonly text: string;
    /** Encrypted for its readers and signed by its sender: the server cannot read or change it. */
    readonly sealed?: Sealed;
    /** The files that belong to it. */
    readonly files?: readonly SharedFile[];
    /** The sender's id of it. */
    readonly id: string;
    /** Its number in the room's stream. */
    readonly seq: number;
    /** When it was stored. */
    readonly at: number;
    /** The message was removed: its text and files are gone. */
    readonly removed?: Removed;
    /** This event says that the message of this number was removed; its text is empty. */
    readonly removes?: number;
  } | {
    /** Who wrote it. */
    readonly from: string;
    /** Whom it was written to. */
    readonly to: string;
    /** What was written; empty where it is sealed. */
    readonly text: string;
    /** Encrypted for its readers and signed by its sender: the server cannot read or change it. */
    readonly sealed?: Sealed;
    /** The files that belong to it. */
    readonly files?: readonly SharedFile[];
    /** The sender's id of it. */
    readonly id: string;
    /** Its number in the reader's own inbox. */
    readonly seq: number;
    /** When it was stored. */
    readonly at: number;
  })[];
  /** Whether there is more than this page. */
  readonly more: boolean;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Somebody who is in a room. */
export interface RoomMember {
  /** The name as it is registered. */
  readonly name: string;
  /** What the member is there, who may moderate. */
  readonly role?: "owner" | "operator" | "admin";
  /** Somebody who is connected has said to be away, and what about it. */
  readonly away?: Away;
  /** Since when the member is in the room, without a break. */
  readonly since: number;
  /** Whether the name is a guest's. */
  readonly isGuest?: boolean;
  /** With how many connections the member is in the room. */
  readonly devices: number;
}

/** Answers `who`. */
export interface WhoPage {
  /** The room's name. */
  readonly room: string;
  /** Names, in order. */
  readonly members: readonly string[];
  /** With `details`: the same members, in the same order. */
  readonly people?: readonly RoomMember[];
  /** Whether there is more than this page. */
  readonly more: boolean;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Answers `rooms`. */
export interface RoomsPage {
  /** Rooms with members, in order. */
  readonly rooms: readonly ({
    /** The room's name. */
    readonly room: string;
    /** How many members it has. */
    readonly count: number;
  })[];
  /** Whether there is more than this page. */
  readonly more: boolean;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** Something to know that is no event: told live only. */
export interface Notification {
  /** The room's name. */
  readonly room?: string;
  /** `join`, `leave`, `away`, `back`, `rename`, `resync`, `shutdown`; of a room `topic`, `kick`, `ban`, `mute`, `unmute`, `op`, `deop`, `private`, `public`; `invite` of one that one may join; more may come. */
  readonly kind: string;
  /** Whom it is about. */
  readonly name?: string;
  /** Somebody who is connected has said to be away, and what about it. */
  readonly away?: Away;
  /** Of kind `topic`: the new one, or nothing. */
  readonly topic?: string;
  /** How many members the room has now. */
  readonly count?: number;
  /** A sentence for people. */
  readonly message: string;
}

/** A no. Fatal ones are followed by the end of the connection. */
export interface ErrorMessage {
  /** Stable, from the list below. */
  readonly code: string;
  /** A sentence for people. */
  readonly message: string;
  /** The message that it is about. */
  readonly id?: string;
  /** When to try again, in milliseconds from now. */
  readonly retryAfterMs?: number;
  /** Until when it is so, where that ends by itself. */
  readonly until?: number;
  /** Carried back by the answer or error; at most 64 characters. */
  readonly ref?: string;
}

/** What a client may send to a chat server. */
export type ChatRequest =
  | { readonly type: "connect"; readonly payload: ConnectRequest }
  | { readonly type: "join"; readonly payload: JoinRequest }
  | { readonly type: "leave"; readonly payload: LeaveRequest }
  | { readonly type: "message"; readonly payload: MessageRequest }
  | { readonly type: "private"; readonly payload: PrivateRequest }
  | { readonly type: "history"; readonly payload: HistoryRequest }
  | { readonly type: "search"; readonly payload: SearchRequest }
  | { readonly type: "seen"; readonly payload: SeenRequest }
  | { readonly type: "who"; readonly payload: WhoRequest }
  | { readonly type: "rooms"; readonly payload: RoomsRequest }
  | { readonly type: "create"; readonly payload: CreateRequest }
  | { readonly type: "room"; readonly payload: RoomRequest }
  | { readonly type: "moderate"; readonly payload: ModerateRequest }
  | { readonly type: "away"; readonly payload: AwayRequest }
  | { readonly type: "prove"; readonly payload: ProveRequest }
  | { readonly type: "keys"; readonly payload: KeysRequest }
  | { readonly type: "link"; readonly payload: LinkRequest }
  | { readonly type: "endorse"; readonly payload: EndorseRequest }
  | { readonly type: "revoke"; readonly payload: RevokeRequest }
  | { readonly type: "token"; readonly payload: TokenRequest }
  | { readonly type: "logout"; readonly payload: LogoutRequest }
  | { readonly type: "quit"; readonly payload: QuitRequest }
  | { readonly type: "ping"; readonly payload: Ping }
  | { readonly type: "pong"; readonly payload: Pong };

/** What a chat server may send to a client. */
export type ChatMessage =
  | { readonly type: "connect_ack"; readonly payload: ConnectAck }
  | { readonly type: "challenge"; readonly payload: Challenge }
  | { readonly type: "keys"; readonly payload: Keys }
  | { readonly type: "linking"; readonly payload: Linking }
  | { readonly type: "link_wanted"; readonly payload: LinkWanted }
  | { readonly type: "endorsed"; readonly payload: Endorsed }
  | { readonly type: "revoked"; readonly payload: Revoked }
  | { readonly type: "token"; readonly payload: Token }
  | { readonly type: "joined"; readonly payload: Joined }
  | { readonly type: "left"; readonly payload: Left }
  | { readonly type: "created"; readonly payload: Created }
  | { readonly type: "room"; readonly payload: RoomInfo }
  | { readonly type: "moderated"; readonly payload: Moderated }
  | { readonly type: "away"; readonly payload: AwayAnswer }
  | { readonly type: "ack"; readonly payload: Ack }
  | { readonly type: "message"; readonly payload: RoomMessage }
  | { readonly type: "private"; readonly payload: PrivateMessage }
  | { readonly type: "gap"; readonly payload: Gap }
  | { readonly type: "history"; readonly payload: HistoryPage }
  | { readonly type: "search"; readonly payload: SearchPage }
  | { readonly type: "who"; readonly payload: WhoPage }
  | { readonly type: "rooms"; readonly payload: RoomsPage }
  | { readonly type: "notification"; readonly payload: Notification }
  | { readonly type: "error"; readonly payload: ErrorMessage }
  | { readonly type: "ping"; readonly payload: Ping }
  | { readonly type: "pong"; readonly payload: Pong };
