import { monotonicUlid } from "@std/ulid";
import type { Clock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { Ack, SharedFile } from "../protocol/chat.ts";
import { checkName, checkRoom, fold } from "../protocol/names.ts";
import { checkText } from "../protocol/text.ts";
import { type Place, seal } from "../sealed/envelope.ts";
import type { Source } from "../transfer/source.ts";
import type { ChatClient, MessageOptions } from "./chat_client.ts";
import type { FileTransferOptions, UploadedFile } from "./file_transfers.ts";
import type { DeviceIdentity } from "./key_file.ts";
import { mediaTypeOf } from "./media_type_of.ts";
import type { SealedChains } from "./sealed_chains.ts";
import type { SealedNotice, SealedPeople } from "./sealed_people.ts";
import type { SealedRooms } from "./sealed_rooms.ts";

/** Where a message goes. */
export type Target = { readonly room: string } | { readonly to: string };

/** How files are uploaded. */
export interface SealedUploadOptions extends FileTransferOptions {
  /** Whom they are for: where that is sealed, they are encrypted for the same readers. @default for nobody: as they are */
  readonly target?: Target;
}

/** What encrypted files are called where the server can see it. */
const SEALED_NAME = "sealed.age";
/** Files that were uploaded and not sent yet. */
const MAX_UPLOADED = 1_000;

/** What a {@link SealedSender} needs. */
export interface SealedSenderOptions {
  readonly client: ChatClient;
  /** The device's secrets; undefined where it has none. */
  readonly device: DeviceIdentity | undefined;
  readonly people: SealedPeople;
  readonly chains: SealedChains;
  readonly rooms: SealedRooms;
  /** Whether nothing goes to a person that cannot be encrypted. */
  readonly isAlways: boolean;
  readonly clock: Clock;
  /** Tells the person. */
  readonly tell: (notice: SealedNotice) => void;
}

/**
 * Seals what goes out, where it goes to somebody who can read that, and sends it.
 *
 * - I1 What goes to a person who has keys, or into a secret room, never goes in the open.
 * - I2 What is sent to one person or room keeps its order.
 */
export class SealedSender {
  readonly #options: SealedSenderOptions;
  /** What is being made ready to be sent, by target. */
  readonly #queues = new Map<string, Promise<unknown>>();
  /** Whom it was said of that what is written to them is not encrypted. */
  readonly #toldOpen = new Set<string>();
  /** Files that were encrypted on their way to the server, by id: what they are. */
  readonly #uploaded = new Map<string, SharedFile>();

  /** @param options What it needs. */
  constructor(options: SealedSenderOptions) {
    this.#options = options;
  }

  /** Resolves when everything is sealed and sent that was to be; answers are not waited for. */
  async ready(): Promise<void> {
    await Promise.all(this.#queues.values());
  }

  /** Says something in a room: see {@link SealedChat.send}. */
  async send(room: string, text: string, options: MessageOptions = {}): Promise<Ack> {
    const to = checkRoom(room);
    return await this.#inOrder(`room/${to}`, async () => {
      const recipients = await this.#recipients({ room: to });
      return recipients === undefined
        ? { ack: this.#options.client.send(to, text, options) }
        : await this.#sendSealed({ kind: "room", to }, recipients, text, options);
    });
  }

  /** Writes to one person: see {@link SealedChat.sendPrivate}. */
  async sendPrivate(to: string, text: string, options: MessageOptions = {}): Promise<Ack> {
    const name = checkName(to);
    return await this.#inOrder(`private/${fold(name)}`, async () => {
      const recipients = await this.#recipients({ to: name });
      return recipients === undefined
        ? { ack: this.#options.client.sendPrivate(name, text, options) }
        : await this.#sendSealed({ kind: "private", to: name }, recipients, text, options);
    });
  }

  /** Brings files to the server: see {@link SealedChat.upload}. */
  async upload(
    sources: readonly Source[],
    { target, ...options }: SealedUploadOptions = {},
  ): Promise<UploadedFile[]> {
    const recipients = target === undefined ? undefined : await this.#recipients(target);
    if (recipients === undefined) return await this.#options.client.upload(sources, options);
    const files: UploadedFile[] = [];
    // One after the other: the server sees them all under one name.
    for (const source of sources) files.push(await this.#uploadSealed(source, recipients, options));
    return files;
  }

  /** Whom what goes somewhere is encrypted to; undefined where it goes in the open. */
  async #recipients(target: Target): Promise<readonly string[] | undefined> {
    if ("room" in target) {
      const room = checkRoom(target.room);
      if (!await this.#options.rooms.isSecret(room)) return undefined;
      return [(await this.#options.rooms.need(room)).identity.recipient];
    }
    const { to } = target;
    const device = this.#options.device;
    if (device === undefined) return this.#sendOpen(to, "this device has no key");
    const theirs = await this.#options.people.recipients(to);
    if (theirs === undefined) return this.#sendOpen(to, `${to} has no key`);
    // To one's own devices too, but not to a stranger among them, of whom one was told.
    const own = await this.#options.people.knownRecipients(this.#options.client.name);
    return [...new Set([...theirs, device.recipient.recipient, ...own])];
  }

  /** It cannot be encrypted. */
  #sendOpen(name: string, reason: string): undefined {
    if (this.#options.isAlways) {
      throw new ProtocolError(
        "not_sealed",
        `Nothing was sent to ${name}, because it could not be encrypted: ${reason}`,
      );
    }
    if (this.#toldOpen.has(fold(name))) return;
    this.#toldOpen.add(fold(name));
    const text =
      `What you write to ${name} is not encrypted, and the server can read it: ${reason}`;
    this.#options.tell({ isAlarm: false, text });
  }

  async #sendSealed(
    { kind, to }: Pick<Place, "kind" | "to">,
    recipients: readonly string[],
    text: string,
    { files = [] }: MessageOptions,
  ): Promise<{ readonly ack: Promise<Ack> }> {
    if (files.length === 0 || text !== "") checkText(text);
    const deviceKey = this.#options.device?.key;
    if (deviceKey === undefined) {
      throw new ProtocolError(
        "not_sealed",
        `Cannot say anything in ${to}: what is said there is signed, and this device has no key`,
      );
    }
    const at = this.#options.clock.now();
    const id = monotonicUlid(at);
    const content = { text, at, files: files.map((id) => this.#sealedFile(id)) };
    const place = { kind, to, key: deviceKey.publicKey };
    const previous = await this.#options.chains.head(place);
    const { sealed, hash } = await seal({ kind, to, id, content, previous, deviceKey, recipients });
    this.#options.chains.sent(place, hash);
    const options = { files, sealed: { id, sealed } };
    const ack = kind === "room"
      ? this.#options.client.send(to, "", options)
      : this.#options.client.sendPrivate(to, "", options);
    return {
      ack: ack.then(async (ack) => {
        await this.#options.chains.take(place, { hash, previous, seq: ack.seq, at });
        for (const id of files) this.#uploaded.delete(id);
        return ack;
      }, (error) => {
        this.#options.chains.unsent(place, { hash, previous });
        throw error;
      }),
    };
  }

  #sealedFile(id: string): SharedFile {
    const file = this.#uploaded.get(id);
    if (file !== undefined) return file;
    throw new ProtocolError(
      "not_sealed",
      "Cannot send the file here: it was not encrypted when it was brought to the server. Send it anew",
    );
  }

  async #uploadSealed(
    source: Source,
    recipients: readonly string[],
    options: FileTransferOptions,
  ): Promise<UploadedFile> {
    const { mode: _mode, ...bare } = source;
    const { name, size: plainSize, mtime } = bare;
    // The server knows by it what to go on with, and need not know when the file was made.
    const when = mtime === undefined ? {} : { mtime: this.#options.clock.now() };
    // node:crypto comes with it: 20 ms of a start, for who encrypts a file.
    const { sealedSource } = await import("../transfer/sealed_source.ts");
    const sealed = sealedSource({ ...bare, ...when }, recipients, {
      name: SEALED_NAME,
      isHashed: true,
    });
    const { onProgress } = options;
    const [kept] = await this.#options.client.upload([sealed], {
      ...options,
      ...(onProgress === undefined ? {} : {
        onProgress: (progress) =>
          onProgress({
            name,
            size: plainSize,
            from: Math.min(progress.from, plainSize ?? Infinity),
            bytes: Math.min(progress.bytes, plainSize ?? Infinity),
          }),
      }),
    });
    const { id } = kept!;
    const { size, sha256 } = sealed.plain;
    this.#uploaded.set(id, { id, name, size, type: await mediaTypeOf(source), sha256 });
    if (this.#uploaded.size > MAX_UPLOADED) {
      this.#uploaded.delete(this.#uploaded.keys().next().value!);
    }
    return { id, name, size, sha256 };
  }

  /** Makes ready one after the other what goes to the same place; answers are not waited for (I2). */
  async #inOrder<T>(
    place: string,
    prepare: () => Promise<{ readonly ack: Promise<T> }>,
  ): Promise<T> {
    const before = this.#queues.get(place) ?? Promise.resolve();
    const prepared = before.then(prepare);
    // What fails is its own caller's to know.
    const done = prepared.then(({ ack }) => void ack.catch(() => {}), () => {});
    this.#queues.set(place, done);
    const { ack } = await prepared.finally(() => {
      if (this.#queues.get(place) === done) this.#queues.delete(place);
    });
    return await ack;
  }
}
