/**
 * The messages of the transfer protocol.
 *
 * Generated from protocol/schemas/ by `deno task generate`: change it there.
 *
 * @module
 */

/** The dialler's first message; a sender may go on without waiting for `welcome`. */
export interface Hello {
  /** The version of the protocol: 1. */
  readonly protocol: number;
  /** What the dialler wants to do. */
  readonly role: "send" | "receive";
  /** The hash of every file on this connection. */
  readonly hash: "sha256" | "xxh128";
  /** A secret that the listener asks for. */
  readonly token?: string;
  /** What a receiving dialler wants: on a chat port a file's id. */
  readonly want?: string;
  /** What a receiving dialler's `done` will promise; nothing where it is absent. */
  readonly durable?: "disk" | "memory" | "none";
}

/** The listener's answer to `hello`. */
export interface Welcome {
  /** The limits in force, by name. */
  readonly limits: Readonly<Record<string, number>>;
  /** What `done` will promise: on disk, in memory, or nothing. A listener that sends repeats what `hello` said. */
  readonly durable: "disk" | "memory" | "none";
}

/** Offers one file or folder. */
export interface Offer {
  /** The offer's number; rises. */
  readonly id: number;
  /** Random for each file and run, kept over reconnects. */
  readonly key: string;
  /** Relative, with `/`. */
  readonly name: string;
  /** Bytes; null where it is not known. */
  readonly size: number | null;
  /** What it is. */
  readonly kind: "file" | "directory";
  /** Last change, Unix milliseconds. */
  readonly mtime?: number;
  /** Permission bits. */
  readonly mode?: number;
  /** Whether the file follows without waiting for `accept`. */
  readonly inline?: boolean;
}

/** The file's bytes follow, as data frames, from an offset on. */
export interface Start {
  /** The offer's number. */
  readonly id: number;
  /** The accepted offset, or 0 if the sender's own prefix differs. */
  readonly offset: number;
}

/** The file has been sent whole. */
export interface End {
  /** The offer's number. */
  readonly id: number;
  /** Bytes of the whole file. */
  readonly size: number;
  /** Of the whole file, of the kind that `hello` named. */
  readonly hash: string;
}

/** Instead of `end`: the sender gives up. */
export interface Cancel {
  /** The offer's number. */
  readonly id: number;
  /** Stable, from the list below. */
  readonly code: string;
  /** A sentence for people. */
  readonly message: string;
}

/** The sender has no more; answered `bye` when every answer is given. */
export interface Bye {
  /** How many files were sent, or received. */
  readonly files: number;
  /** Bytes of all of them. */
  readonly bytes: number;
}

/** A no, to one file (`id`) or, without `id`, to the connection. */
export interface TransferError {
  /** The offer that it is about. */
  readonly id?: number;
  /** Stable, from the list below. */
  readonly code: string;
  /** A sentence for people. */
  readonly message: string;
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

/** Takes an offer, from an offset on. */
export interface Accept {
  /** The offer's number. */
  readonly id: number;
  /** Bytes of the file that the receiver holds already. */
  readonly offset: number;
  /** Of those bytes, where there are some. */
  readonly hash?: string;
}

/** Does not take an offer; the sender goes on with the next file. */
export interface Refuse {
  /** The offer's number. */
  readonly id: number;
  /** Stable, from the list below. */
  readonly code: string;
  /** A sentence for people. */
  readonly message: string;
}

/** The receipt: whole, verified, stored under a name. Once an id, in any order. */
export interface Receipt {
  /** The offer's number. */
  readonly id: number;
  /** The name that it was saved under. */
  readonly savedAs: string;
  /** Bytes of the whole file. */
  readonly size: number;
  /** Of the whole file, of the kind that `hello` named. */
  readonly hash: string;
  /** What is promised of this file. */
  readonly durable: "disk" | "memory" | "none";
}

/** What the sending side may say. */
export type SenderMessage =
  | { readonly type: "hello"; readonly payload: Hello }
  | { readonly type: "welcome"; readonly payload: Welcome }
  | { readonly type: "offer"; readonly payload: Offer }
  | { readonly type: "start"; readonly payload: Start }
  | { readonly type: "end"; readonly payload: End }
  | { readonly type: "cancel"; readonly payload: Cancel }
  | { readonly type: "bye"; readonly payload: Bye }
  | { readonly type: "error"; readonly payload: TransferError }
  | { readonly type: "ping"; readonly payload: Ping }
  | { readonly type: "pong"; readonly payload: Pong };

/** What the receiving side may say. */
export type ReceiverMessage =
  | { readonly type: "hello"; readonly payload: Hello }
  | { readonly type: "welcome"; readonly payload: Welcome }
  | { readonly type: "accept"; readonly payload: Accept }
  | { readonly type: "refuse"; readonly payload: Refuse }
  | { readonly type: "done"; readonly payload: Receipt }
  | { readonly type: "bye"; readonly payload: Bye }
  | { readonly type: "error"; readonly payload: TransferError }
  | { readonly type: "ping"; readonly payload: Ping }
  | { readonly type: "pong"; readonly payload: Pong };
