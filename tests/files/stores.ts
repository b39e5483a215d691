import { FileStore, type FileStoreOptions } from "../../files/file_store.ts";
import { memoryRegistry } from "../../registry/memory.ts";
import type { Registry } from "../../registry/registry.ts";
import { TempFolder } from "../support/temp.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** A store of its own, in a folder that is gone after the test. */
export class TestStore implements AsyncDisposable {
  readonly folder = new TempFolder();
  readonly clock = new FakeClock();
  readonly registry: Registry = memoryRegistry({ clock: this.clock });
  readonly #options: Partial<FileStoreOptions>;
  store!: FileStore;

  private constructor(options: Partial<FileStoreOptions>) {
    this.#options = options;
  }

  static async open(options: Partial<FileStoreOptions> = {}): Promise<TestStore> {
    const made = new TestStore(options);
    await made.reopen();
    return made;
  }

  /** Opens it, again where it was open. */
  async reopen(options: Partial<FileStoreOptions> = this.#options): Promise<FileStore> {
    await this.store?.close();
    const { registry, clock } = this;
    return this.store = await FileStore.open(this.folder.path, { registry, clock, ...options });
  }

  /** What is in the folder, without the journals of receipts. */
  get names(): string[] {
    return this.folder.names();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
    await this.registry.close();
    await this.folder[Symbol.asyncDispose]();
  }
}
