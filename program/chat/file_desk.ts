import { join } from "@std/path/join";
import { resolve } from "@std/path/resolve";
import type { SealedChat, Target } from "../../client/sealed_chat.ts";
import type { FileTransferOptions } from "../../client/file_transfers.ts";
import type { SharedFile } from "../../protocol/chat.ts";
import { checkName } from "../../protocol/names.ts";
import type { FileCards } from "../../terminal/file_cards.ts";
import { counted } from "../../terminal/lines.ts";
import type { Style } from "../../terminal/style.ts";
import { errorCode } from "../../transfer/disk_error.ts";
import type { FolderInbox } from "../../transfer/folder_inbox.ts";
import { TransferMeter } from "../../transfer/progress.ts";
import type { Source } from "../../transfer/source.ts";
import { messageOf } from "./chat_failures.ts";
import { Failure } from "../failure.ts";
import { expandHome } from "../home_path.ts";
import { type Need, requirePermissions } from "../permissions.ts";
import { TransferStatus } from "./transfer_status.ts";

/** Files that one message may have: a protocol limit. */
const MAX_FILES = 16;
/** How long what has come of an interrupted file is kept, in days. */
const PARTS_KEPT_DAYS = 7;

/** What a {@link FileDesk} needs of the screen. None of the texts is escaped yet. */
export interface FileDeskScreen {
  /** Tells something. */
  notice(text: string): void;
  /** Tells that something went wrong. */
  alarm(text: string): void;
  /** Shows a line that stays, until another one; undefined for none. */
  status(line: string | undefined): void;
  /** Gives the terminal away while a person is asked for a permission. */
  pause<T>(work: () => Promise<T>): Promise<T>;
}

/** How a {@link FileDesk} works. */
export interface FileDeskOptions {
  readonly client: Pick<SealedChat, "upload" | "download" | "send" | "sendPrivate">;
  /** The files that messages have shown. */
  readonly cards: FileCards;
  /** Where files are saved. */
  readonly folder: string;
  readonly screen: FileDeskScreen;
  readonly style: Style;
}

/** Why a transfer ended that was to end. */
class Cancelled extends Error {}

/**
 * The files of a chat on a terminal: sends and saves them while the chat goes on, shows how far they are, and
 * asks for the permissions that this takes when it takes them.
 */
export class FileDesk {
  readonly #options: FileDeskOptions;
  readonly #status: TransferStatus;
  readonly #running = new Set<AbortController>();
  readonly #inboxes = new Map<string, FolderInbox>();
  /** Files that are here already: sent from here, or saved. */
  readonly #here = new Set<string>();

  /** @param options The client, the screen, where files go. */
  constructor(options: FileDeskOptions) {
    this.#options = options;
    const { screen, style } = options;
    this.#status = new TransferStatus((line) => screen.status(line), style);
  }

  /**
   * Ends what is under way, and tells of each.
   *
   * @returns How many there were.
   */
  cancel(): number {
    const count = this.#running.size;
    for (const running of this.#running) running.abort(new Cancelled());
    return count;
  }

  /**
   * Makes ready to send files: looks at them, and asks for what that takes.
   *
   * @param paths The files, as they were typed.
   * @param target The room or the person.
   * @returns Sends them, then says so with a message that bears them; what was cancelled is told, and is no
   *   error.
   * @throws Why it cannot be.
   */
  async send(paths: readonly string[], target: Target): Promise<() => Promise<void>> {
    if ("to" in target) checkName(target.to);
    if (paths.length > MAX_FILES) {
      throw new Failure(`Cannot send ${paths.length} files at once: ${MAX_FILES} are allowed`);
    }
    const sources: Source[] = [];
    for (const path of paths) sources.push(await this.#source(path));
    return () => this.#send(sources, target);
  }

  async #send(sources: readonly Source[], target: Target): Promise<void> {
    const { client } = this.#options;
    const names = sources.map(({ name }) => name).join(", ");
    const upload = (options: FileTransferOptions) => client.upload(sources, { ...options, target });
    const files = await this.#run("sending", names, sources, upload);
    if (files === undefined) return;
    const ids = files.map(({ id }) => id);
    for (const id of ids) this.#here.add(id);
    if ("to" in target) await client.sendPrivate(target.to, "", { files: ids });
    else await client.send(target.room, "", { files: ids });
  }

  /**
   * Makes ready to save files that messages have shown: asks for what that takes.
   *
   * @param which The number of one, or all that are not here yet.
   * @param folder Where to, as it was typed. @default where files are saved
   * @returns Saves them, and says where; what was cancelled is told, and is no error.
   * @throws Why it cannot be.
   */
  async get(
    which: number | "all",
    folder: string = this.#options.folder,
  ): Promise<() => Promise<void>> {
    const files = this.#find(which);
    const inbox = await this.#inbox(await this.#expand(folder));
    return () => this.#get(files, inbox);
  }

  async #get(files: readonly SharedFile[], folder: Folder): Promise<void> {
    for (const file of files) {
      try {
        if (!await this.#save(file, folder)) return;
      } catch (error) {
        if (files.length === 1) throw error;
        this.#options.screen.alarm(`Not saved: ${file.name}: ${messageOf(error)}`);
      }
    }
  }

  #find(which: number | "all"): readonly SharedFile[] {
    const { cards } = this.#options;
    if (which === "all") {
      const files = cards.files.filter(({ id }) => !this.#here.has(id));
      if (files.length > 0) return files;
      throw new Failure("There is no file to save that is not here already");
    }
    const file = cards.find(which);
    if (file !== undefined) return [file];
    throw new Failure(
      `There is no file ${which}: the number is in brackets before the file's name, as in [1]`,
    );
  }

  /** Answers whether it was saved: not where it was cancelled. */
  async #save(file: SharedFile, { path, inbox }: Folder): Promise<boolean> {
    const { client, screen } = this.#options;
    const saved = await this.#run(
      "saving",
      file.name,
      [file],
      (options) => client.download(file, inbox, options),
    );
    if (saved === undefined) return false;
    this.#here.add(file.id);
    screen.notice(`Saved ${file.name} as ${join(path, saved.savedAs)}`);
    return true;
  }

  /** Does a transfer; gives nothing where it was cancelled, which is told then. */
  async #run<T>(
    verb: "sending" | "saving",
    names: string,
    files: readonly { readonly size: number | null }[],
    work: (options: FileTransferOptions) => Promise<T>,
  ): Promise<T | undefined> {
    const { screen } = this.#options;
    const running = new AbortController();
    const meter = new TransferMeter();
    for (const { size } of files) meter.expect(size);
    meter.expectNoMore();
    this.#running.add(running);
    using _shown = this.#status.add({ verb, meter });
    try {
      return await work({
        signal: running.signal,
        onProgress: (file) => meter.moved(file),
        onReconnecting: (reason, pauseMs) =>
          screen.notice(
            `The connection broke while ${verb} ${names}: trying again in ${pauseMs / 1_000} s (${
              reason instanceof Error ? reason.message : reason
            })`,
          ),
      });
    } catch (error) {
      if (!(running.signal.reason instanceof Cancelled)) throw error;
      screen.notice(`Stopped ${verb} ${names}`);
      return undefined;
    } finally {
      this.#running.delete(running);
    }
  }

  async #source(typed: string): Promise<Source> {
    const path = resolve(await this.#expand(typed));
    await this.#permit([{ permission: { name: "read", path }, reason: "send it" }]);
    if ((await Deno.stat(path).catch(() => undefined))?.isDirectory) {
      throw new Failure(
        `Cannot send ${path}: it is a folder. Send the files in it, or an archive of it`,
      );
    }
    // This and the inbox are loaded by who transfers: 30 ms of a start.
    const { fileSource } = await import("../../transfer/file_source.ts");
    return await fileSource(path);
  }

  async #inbox(typed: string): Promise<Folder> {
    const path = resolve(typed);
    await this.#permit((["read", "write"] as const).map((name) => ({
      permission: { name, path },
      reason: "save files",
    })));
    let inbox = this.#inboxes.get(path);
    if (inbox === undefined) {
      await checkFolder(path);
      const { FolderInbox } = await import("../../transfer/folder_inbox.ts");
      inbox = new FolderInbox(path);
      inbox.sweep(PARTS_KEPT_DAYS);
      this.#inboxes.set(path, inbox);
    }
    return { path, inbox };
  }

  #expand(path: string): Promise<string> {
    return expandHome(path, async () => {
      await this.#permit([{
        permission: { name: "env", variable: "HOME" },
        reason: "find your home folder",
      }]);
      return Deno.env.get("HOME");
    });
  }

  /** Makes sure of permissions; a person is asked only for those that are not granted. */
  async #permit(needs: readonly Need[]): Promise<void> {
    const found = await Promise.all(needs.map((need) => Deno.permissions.query(need.permission)));
    if (found.every(({ state }) => state === "granted")) return;
    const program = { set: "client", file: "client.ts" };
    await this.#options.screen.pause(() => requirePermissions(program, needs));
  }
}

/** A folder that files are saved in. */
interface Folder {
  readonly path: string;
  readonly inbox: FolderInbox;
}

async function checkFolder(path: string): Promise<void> {
  const reason = await Deno.stat(path).then(
    ({ isDirectory }) => isDirectory ? undefined : "it is no folder",
    (error) => errorCode(error) === "ENOENT" ? "there is no such folder" : messageOf(error),
  );
  if (reason !== undefined) throw new Failure(`Cannot save files in ${path}: ${reason}`);
}

/** What is said where transfers were ended because the person left. */
export function cutOffText(count: number): string {
  return `${counted(count, "transfer")} of files ended before ${
    count === 1 ? "it was" : "they were"
  } complete`;
}
