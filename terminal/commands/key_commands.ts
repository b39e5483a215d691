import { bare, type CommandDoc, oneWord, optionalWord } from "./command_doc.ts";

/** What a typed line asks for that is about keys, devices and secret rooms. */
export type KeyCommand =
  | { readonly kind: "secret"; readonly room: string }
  | { readonly kind: "fingerprint"; readonly name?: string }
  | { readonly kind: "trust"; readonly name: string }
  | { readonly kind: "devices" }
  | { readonly kind: "link" }
  | { readonly kind: "revoke"; readonly fingerprint: string }
  | { readonly kind: "logout" };

/** The commands about keys, in the order of the help. */
export const KEY_COMMANDS: readonly CommandDoc<KeyCommand>[] = [
  {
    usage: "/secret ROOM",
    doc: "unlock a secret room, or make one: only who knows its passphrase can read it",
    more: [
      "The passphrase is asked for, and not shown. Never write it behind the room,",
      "where it would be seen. The server cannot read what is said there.",
      "  /secret attic",
    ],
    args: ["room"],
    read: oneWord((room) => ({ kind: "secret", room })),
  },
  {
    usage: "/fingerprint [NAME]",
    doc: "show this device's key, or somebody's, to compare",
    more: [
      "Compare over the phone or in person what both of you see: then nobody is",
      "between you.",
      "  /fingerprint bob",
    ],
    args: ["name"],
    read: optionalWord((name) => ({
      kind: "fingerprint",
      ...(name === undefined ? {} : { name }),
    })),
  },
  {
    usage: "/trust NAME",
    doc: "take a key that has changed for NAME's own, once you have compared it",
    more: [
      "Where somebody's key is suddenly another one nothing is sent to them before",
      "this: ask them, and compare /fingerprint NAME.",
    ],
    args: ["name"],
    read: oneWord((name) => ({ kind: "trust", name })),
  },
  {
    usage: "/devices",
    doc: "list your devices",
    more: ["Every device has a key of its own; all of yours may use your name."],
    read: bare({ kind: "devices" }),
  },
  {
    usage: "/link",
    doc: "take in another device of yours, by a code",
    more: [
      "It shows a code for a few minutes. Start client.ts --link on the other",
      "device, and type the code there.",
    ],
    read: bare({ kind: "link" }),
  },
  {
    usage: "/revoke FINGERPRINT",
    doc: "take your name from a device that is lost",
    more: ["/devices lists the fingerprints; Tab completes them.", "  /revoke 7K2QD-0XW3M"],
    args: ["fingerprint"],
    read: (rest) => /^[\w-]+$/.test(rest) ? { kind: "revoke", fingerprint: rest } : undefined,
  },
  {
    usage: "/logout",
    doc: "end every token of your name, and leave",
    more: ["Pages that are logged in under your name have to log in again."],
    read: bare({ kind: "logout" }),
  },
];
