import { ProtocolError } from "../codec/errors.ts";
import type { Offer } from "../protocol/transfer.ts";
import type { HashKind } from "../transfer/hash.ts";
import type { Durable, Held, Inbox, Part, Saved } from "../transfer/inbox.ts";
import { safeSegments } from "../transfer/names.ts";
import type { Receipts } from "../transfer/receipts.ts";
import type { Upload } from "./upload.ts";
import type { UploadPlan, Uploads } from "./uploads.ts";

/** What a {@link StoreInbox} saves with. */
export interface StoreInboxOptions {
  /** Whose files they will be: a folded name. */
  readonly owner: string;
  readonly uploads: Uploads;
  readonly receipts: Receipts;
  readonly durable: Durable;
  /** Whether a file is there, not any more gone. */
  readonly isThere: (id: string) => boolean;
}

/**
 * The inbox of one person: what is saved becomes a shared file, and its final name is `ID/NAME`.
 *
 * Folders are not kept, nor is where in one a file lay.
 */
export class StoreInbox implements Inbox {
  readonly durable: Durable;
  readonly #options: StoreInboxOptions;

  /** @param options Whose it is, and where it saves. */
  constructor(options: StoreInboxOptions) {
    this.#options = options;
    this.durable = options.durable;
  }

  /** What was saved for an offer already, if the file is still there; see {@link Inbox.saved}. */
  saved(offer: Offer, hash: HashKind): Promise<Saved | undefined> | Saved | undefined {
    const { receipts, isThere } = this.#options;
    const onlyThere = (saved: Saved | undefined) =>
      saved !== undefined && isThere(saved.savedAs.split("/", 1)[0]!) ? saved : undefined;
    const found = receipts.find(this.#own(offer), hash);
    return found instanceof Promise ? found.then(onlyThere) : onlyThere(found);
  }

  /** Decides about an offer; see {@link Inbox.open}. */
  open(offer: Offer, hash: HashKind): Promise<Part> | Part {
    if (offer.kind !== "file") {
      const text = "Cannot keep a folder: send the files in it, or an archive of it";
      throw new ProtocolError("unsupported_kind", text);
    }
    const { owner, uploads } = this.#options;
    const { size, mtime, inline } = offer;
    const name = safeSegments(offer.name).at(-1)!;
    // Small files and pipes are sent anew.
    const isKept = size !== null && size > 0 && mtime !== undefined && inline !== true;
    const identity = isKept ? JSON.stringify([offer.name, size, mtime]) : undefined;
    const plan: UploadPlan = { owner, name, size, isKept, identity };
    const there = identity === undefined ? undefined : uploads.findBy(owner, identity);
    if (there === undefined || there.size !== size) {
      uploads.check(owner, size);
      return this.#part(offer, hash, plan);
    }
    return uploads.resume(there).then(async (upload) => {
      try {
        const held = { size: upload.offset, hasher: await upload.hashHeld(hash) };
        if (hash !== "sha256") await upload.hashAll();
        return this.#part(offer, hash, plan, { upload, held });
      } catch (error) {
        // What cannot be read is nobody's to hold open.
        upload.close();
        throw error;
      }
    });
  }

  #part(
    offer: Offer,
    hash: HashKind,
    plan: UploadPlan,
    found?: { readonly upload: Upload; readonly held: Held },
  ): Part {
    const { uploads, receipts } = this.#options;
    const own = this.#own(offer);
    return new StorePart({
      begin: () => uploads.begin(plan),
      hash,
      onCommit: (commit) => receipts.await(own.key, commit),
      onSaved: (saved) => receipts.remember(own, hash, saved),
    }, found);
  }

  /** Nobody is given another's receipt, whatever key is offered. */
  #own(offer: Offer): Offer {
    return { ...offer, key: `${this.#options.owner}/${offer.key}` };
  }
}

interface StorePartOptions {
  readonly begin: () => Upload;
  readonly hash: HashKind;
  readonly onCommit: (commit: Promise<string>) => void;
  readonly onSaved: (saved: Saved) => Promise<void> | undefined;
}

/** A file on its way into the store; before `begin` it takes no room. */
class StorePart implements Part {
  readonly held?: Held;
  readonly #options: StorePartOptions;
  #upload: Upload | undefined;

  constructor(
    options: StorePartOptions,
    found?: { readonly upload: Upload; readonly held: Held },
  ) {
    this.#options = options;
    if (found === undefined) return;
    this.#upload = found.upload;
    this.held = found.held;
  }

  begin(offset: number): void {
    if (offset > 0) return;
    this.#upload?.remove();
    this.#upload = this.#options.begin();
    if (this.#options.hash !== "sha256") this.#upload.hashNew();
  }

  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#upload!.write(bytes);
  }

  commit(hash: string): Promise<string> {
    const commit = this.#commit(hash);
    this.#options.onCommit(commit);
    return commit;
  }

  async #commit(hash: string): Promise<string> {
    // What the receiver has verified needs no second hash.
    const verified = this.#options.hash === "sha256" ? hash : undefined;
    const { id, name, size } = await this.#upload!.commit(verified);
    const savedAs = `${id}/${name}`;
    await this.#options.onSaved({ savedAs, size, hash });
    return savedAs;
  }

  abort(keep = false): void {
    if (keep) this.#upload?.close();
    else this.#upload?.remove();
  }
}
