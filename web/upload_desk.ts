import type { Grant } from "../chat/grants.ts";
import type { Clock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { FileStore } from "../files/file_store.ts";
import type { FileUpload } from "../files/file_upload.ts";
import type { SharedFile } from "../protocol/chat.ts";
import { authorize } from "./authorize.ts";
import { Places } from "./places.ts";
import { writeBody } from "./upload_body.ts";

/** Bodies that are read at once: each holds up to 1 MiB that is being written, or waits to be. */
const MAX_UPLOADS = { perName: 8, all: 128, what: "uploads" };

/** What uploads over HTTP need. */
export interface UploadDeskOptions {
  /** Where the files go. */
  readonly files: FileStore;
  /** Whose a bearer token is, and when it is over. */
  readonly grant: (bearer: string) => Promise<Grant>;
  /** What slowness is measured by. */
  readonly clock: Clock;
}

/** What takes files over HTTP, in one request or in several: who may, and how many at once. */
export class UploadDesk {
  /** Where the files go. */
  readonly files: FileStore;
  readonly #grant: UploadDeskOptions["grant"];
  readonly #clock: Clock;
  readonly #places = new Places(MAX_UPLOADS);

  /** @param options Where to, and for whom. */
  constructor({ files, grant, clock }: UploadDeskOptions) {
    this.files = files;
    this.#grant = grant;
    this.#clock = clock;
  }

  /** Whose the request is; see {@link authorize}. */
  async owner(request: Request): Promise<string> {
    using grant = await authorize(request, this.#grant);
    return grant.name;
  }

  /**
   * Reads a request's body into an upload, which is interrupted if that fails, and when the token is over.
   *
   * @param request The request.
   * @param owner Whose it is.
   * @param open Opens the upload, when there is a place for it.
   * @param finish What becomes of the upload when the body has come.
   * @returns What `finish` gives.
   * @throws {ProtocolError} `too_many_uploads`, and what the others throw.
   */
  async take<T>(
    request: Request,
    owner: string,
    open: () => FileUpload | Promise<FileUpload>,
    finish: (upload: FileUpload) => Promise<T>,
  ): Promise<T> {
    using _place = this.#places.take(owner);
    // From here on, since what comes may take hours.
    using grant = await authorize(request, this.#grant);
    const upload = await open();
    const end = () => upload.close(grant.signal.reason);
    grant.signal.addEventListener("abort", end);
    try {
      grant.signal.throwIfAborted();
      await this.#read(request, upload);
      return await finish(upload);
    } catch (error) {
      upload.close();
      throw error;
    } finally {
      grant.signal.removeEventListener("abort", end);
    }
  }

  async #read(request: Request, upload: FileUpload): Promise<void> {
    try {
      await writeBody(request.body, upload, this.#clock);
    } catch (cause) {
      if (cause instanceof ProtocolError) throw cause;
      // Nobody is there to be told.
      throw new ProtocolError("cancelled", "The connection broke", { cause });
    }
  }
}

/**
 * A request's length that its header tells.
 *
 * @param request The request.
 * @returns Bytes; null where it is not told.
 */
export function contentLength(request: Request): number | null {
  const header = request.headers.get("content-length");
  return header !== null && /^\d{1,15}$/.test(header) ? Number(header) : null;
}

/** Where a file is fetched: its path on this server. */
export function filePath({ id, name }: SharedFile): string {
  return `/files/${id}/${encodeURIComponent(name)}`;
}
