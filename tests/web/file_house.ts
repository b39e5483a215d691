import type { Grant } from "../../chat/grants.ts";
import type { FileStoreOptions } from "../../files/file_store.ts";
import { ProtocolError } from "../../codec/errors.ts";
import type { SharedFile } from "../../protocol/chat.ts";
import { fileRoutes } from "../../web/file_routes.ts";
import { guardRoutes, ownOrigins } from "../../web/origin.ts";
import { WebServer } from "../../web/web_server.ts";
import { TestStore } from "../files/stores.ts";

/** A web server with files. Who shows the token `NAME-token` is NAME. */
export class FileHouse implements AsyncDisposable {
  readonly test: TestStore;
  web!: WebServer;

  private constructor(test: TestStore) {
    this.test = test;
  }

  static async open(options: Partial<FileStoreOptions> = {}): Promise<FileHouse> {
    const house = new FileHouse(await TestStore.open(options));
    house.web = await house.#listen(0);
    return house;
  }

  /** Aborting it ends every token. */
  readonly over = new AbortController();

  get store() {
    return this.test.store;
  }

  /** Stops the server and its store, and starts them anew on the same port. */
  async restart(): Promise<void> {
    const { port } = this.web.address;
    await this.test.store.close();
    await this.web.abort();
    await this.test.reopen();
    this.web = await this.#listen(port);
  }

  async #listen(port: number): Promise<WebServer> {
    const { store: files, clock } = this.test;
    const routes = fileRoutes({ files, clock, grant: (bearer) => this.#grant(bearer) });
    return await WebServer.listen({
      port,
      routes: guardRoutes(routes, ownOrigins({ host: "127.0.0.1" })),
    });
  }

  // deno-lint-ignore require-await
  async #grant(bearer: string): Promise<Grant> {
    const [, name] = /^(\w+)-token$/.exec(bearer) ?? [];
    if (name === undefined) throw new ProtocolError("unauthorized", "That is nobody's token");
    return { name, signal: this.over.signal, [Symbol.dispose]: () => {} };
  }

  /** Asks, with ann's token where none is given. */
  fetch(path: string, init: RequestInit & { readonly token?: string | null } = {}) {
    const { token = "ann-token", ...rest } = init;
    const headers = new Headers(rest.headers);
    if (token !== null) headers.set("authorization", `Bearer ${token}`);
    return fetch(this.web.url + path, { ...rest, headers });
  }

  /** Asks, and gives status and code of an error, or status and body. */
  async ask(path: string, init: Parameters<FileHouse["fetch"]>[1] = {}): Promise<string> {
    const response = await this.fetch(path, init);
    const text = await response.text();
    const { code } = text.startsWith("{") ? JSON.parse(text) : {};
    return `${response.status} ${code ?? text}`.trim();
  }

  /** Brings a file in one request. */
  async put(name: string, body: BodyInit): Promise<SharedFile> {
    const path = `api/files/${encodeURIComponent(name)}`;
    const response = await this.fetch(path, { method: "PUT", body });
    if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`);
    return await response.json();
  }

  /** Where a file is. */
  pathOf({ id, name }: SharedFile): string {
    return `files/${id}/${encodeURIComponent(name)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.web.close();
    await this.test[Symbol.asyncDispose]();
  }
}
