import type { TrustOptions } from "../server_trust.ts";

/** What client.ts's command line may say. */
export interface ChatProgramOptions extends TrustOptions {
  /** The bookmark whose server, name and room it is, if one is named; the other options say otherwise. */
  readonly bookmark: string | undefined;
  /** The server's address, if it is given. */
  readonly host: string | undefined;
  /** The server's port, if it is given. */
  readonly port: number | undefined;
  /** The name wanted, checked, if it is given. */
  readonly name: string | undefined;
  /** The room to be in, checked, if it is given. */
  readonly room: string | undefined;
  /** The config folder, if it is given. */
  readonly config: string | undefined;
  /** The folder in which files are saved. */
  readonly downloads: string;
  /** A file to be sent, instead of what standard input has. */
  readonly send: string | undefined;
  /** Whether a code is asked for, by which another device takes this one in. */
  readonly link: boolean;
  /** A file whose first line is the server's password. */
  readonly "password-file": string | undefined;
  /** Whether the server's certificate is forgotten first. */
  readonly "forget-server": boolean;
  /** Off a terminal: a file whose first line is the secret room's passphrase. */
  readonly "passphrase-file": string | undefined;
  /** Whether nothing goes to a person that cannot be encrypted. */
  readonly "only-encrypted": boolean;
  /** Off a terminal: stay after the end of standard input, and print what is said. */
  readonly follow: boolean;
  /** Off a terminal: print every server message as a line of JSON. */
  readonly json: boolean;
  /** A command line: the bot that gets what is said on its standard input, and says what it prints. */
  readonly exec: string | undefined;
  /** On a terminal: linear, for screen readers: nothing is redrawn, and the cursor stays where it is. */
  readonly plain: boolean;
  /** On a terminal: ring the bell for mentions and private messages; the settings say otherwise. */
  readonly bell: boolean;
}

/** Where servers are by default. */
export const DEFAULT_SERVER = { host: "127.0.0.1", port: 12345 } as const;

/** The room that everybody is in who names none. */
export const DEFAULT_ROOM = "lobby";

/** A name for who gives none: nobody else's, so it needs no key. */
export function guestName(): string {
  return `guest-${crypto.getRandomValues(new Uint8Array(4)).toHex()}`;
}
