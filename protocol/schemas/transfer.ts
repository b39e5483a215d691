import { Type } from "@sinclair/typebox";
import * as field from "./fields.ts";

const { message } = field;

const offerId = (description = "The offer's number; rises.") => field.count(description);
const bytes = (description: string) => field.count(description);
const hashKind = field.oneOf(["sha256", "xxh128"], "The hash of every file on this connection.");
const durable = (description: string) => field.oneOf(["disk", "memory", "none"], description);
const reason = {
  code: Type.String({ maxLength: 64, description: "Stable, from the list below." }),
  message: field.text("A sentence for people."),
};
const hello = message({
  title: "Hello",
  description: "The dialler's first message; a sender may go on without waiting for `welcome`.",
  answer: "`welcome`",
}, {
  protocol: Type.Integer({ description: "The version of the protocol: 1." }),
  role: field.oneOf(["send", "receive"], "What the dialler wants to do."),
  hash: hashKind,
  token: Type.Optional(field.text("A secret that the listener asks for.", 256)),
  want: Type.Optional(
    field.text("What a receiving dialler wants: on a chat port a file's id.", 4096),
  ),
  durable: Type.Optional(
    durable("What a receiving dialler's `done` will promise; nothing where it is absent."),
  ),
});
const welcome = message({ title: "Welcome", description: "The listener's answer to `hello`." }, {
  limits: field.limits,
  durable: durable(
    "What `done` will promise: on disk, in memory, or nothing. A listener that sends repeats what `hello` said.",
  ),
});
const bye = message({
  title: "Bye",
  description: "The sender has no more; answered `bye` when every answer is given.",
  answer: "`bye`",
}, {
  files: field.count("How many files were sent, or received."),
  bytes: bytes("Bytes of all of them."),
});
const error = message({
  title: "TransferError",
  description: "A no, to one file (`id`) or, without `id`, to the connection.",
}, { id: Type.Optional(offerId("The offer that it is about.")), ...reason });

/** What the sending side may say, by type. */
export const senderSchemas = {
  hello,
  welcome,
  offer: message({
    title: "Offer",
    description: "Offers one file or folder.",
    answer: "`accept` or `refuse`",
  }, {
    id: offerId(),
    key: Type.String({
      pattern: "^[0-9A-Za-z_-]{16,64}$",
      description: "Random for each file and run, kept over reconnects.",
    }),
    name: Type.String({ minLength: 1, maxLength: 4096, description: "Relative, with `/`." }),
    size: Type.Union([field.count("Bytes."), Type.Null()], {
      description: "Bytes; null where it is not known.",
    }),
    kind: field.oneOf(["file", "directory"], "What it is."),
    mtime: Type.Optional(Type.Integer({ description: "Last change, Unix milliseconds." })),
    mode: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 0o7777, description: "Permission bits." }),
    ),
    inline: Type.Optional(field.flag("Whether the file follows without waiting for `accept`.")),
  }),
  start: message({
    title: "Start",
    description: "The file's bytes follow, as data frames, from an offset on.",
  }, {
    id: offerId("The offer's number."),
    offset: bytes("The accepted offset, or 0 if the sender's own prefix differs."),
  }),
  end: message({ title: "End", description: "The file has been sent whole.", answer: "`done`" }, {
    id: offerId("The offer's number."),
    size: bytes("Bytes of the whole file."),
    hash: field.hash("Of the whole file, of the kind that `hello` named."),
  }),
  cancel: message({ title: "Cancel", description: "Instead of `end`: the sender gives up." }, {
    id: offerId("The offer's number."),
    ...reason,
  }),
  bye,
  error,
  ...field.pingPong,
};

/** What the receiving side may say, by type. */
export const receiverSchemas = {
  hello,
  welcome,
  accept: message({
    title: "Accept",
    description: "Takes an offer, from an offset on.",
    answer: "`start`, data, `end`",
  }, {
    id: offerId("The offer's number."),
    offset: bytes("Bytes of the file that the receiver holds already."),
    hash: Type.Optional(field.hash("Of those bytes, where there are some.")),
  }),
  refuse: message({
    title: "Refuse",
    description: "Does not take an offer; the sender goes on with the next file.",
  }, { id: offerId("The offer's number."), ...reason }),
  done: message({
    title: "Receipt",
    description: "The receipt: whole, verified, stored under a name. Once an id, in any order.",
  }, {
    id: offerId("The offer's number."),
    savedAs: field.text("The name that it was saved under.", 8192),
    size: bytes("Bytes of the whole file."),
    hash: field.hash("Of the whole file, of the kind that `hello` named."),
    durable: durable("What is promised of this file."),
  }),
  bye,
  error,
  ...field.pingPong,
};
