// One file on its way to the server, by tus 1.0 (https://tus.io/protocols/resumable-upload): it goes on where it
// stopped; one that is not encrypted also where the page was loaded anew and the same file is chosen again.

import { pauseOf } from "./connection.js";

/** @import {SharedFile} from "../../protocol/chat.ts" */
/** @import {FileSealing} from "./sealed_age.js" */

const TUS = { "tus-resumable": "1.0.0" };
const MAX_ATTEMPTS = 8;

/** An answer that trying again does not mend. */
class Refused extends Error {}

/**
 * @param {string} text
 * @returns {string}
 */
function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/**
 * Name and token in one word, as protocol/bearer.ts makes it.
 *
 * @param {{name: string, token: string}} credential
 */
export function bearerOf({ name, token }) {
  const encoded = base64(name).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return `${encoded}.${token}`;
}

/**
 * What goes to the server: the file itself, or its ciphertext, which is made a window at a time and held until the
 * server has it. (Over HTTP/1.1 browsers send no streams.)
 *
 * @typedef {object} Body
 * @property {string} name
 * @property {number} size
 * @property {boolean} isSealed
 * @property {(offset: number) => Promise<Blob>} at What goes on from there; fails where that is gone.
 */

/**
 * Encrypts a file for a conversation; undefined where it is not encrypted.
 *
 * @typedef {() => Promise<{sealing: FileSealing, recipients: string[]} | undefined>} Seal
 */

/**
 * - I1 `changed` is called whenever `state`, `sent` or `error` is another.
 * - I2 Of an encrypted file the server gets ciphertext and the name `sealed.age`, and this page holds a window.
 */
export class Upload {
  /** @type {"running" | "paused" | "failed" | "done"} */
  state = "running";
  sent = 0;
  error = "";
  /** What the server knows of the file, once it is there. @type {SharedFile | undefined} */
  shared;
  /** Of an encrypted file, when it is there: SHA-256 of what was encrypted. */
  sha256 = "";
  /** @type {Body | undefined} */
  #body;
  /** @type {FileSealing | undefined} */
  #sealing;
  /** @type {string | undefined} */
  #address;
  #attempts = 0;
  #abort = new AbortController();

  /**
   * @param {File} file
   * @param {() => {name: string, token: string}} who
   * @param {() => void} changed
   * @param {Seal} [seal]
   */
  constructor(file, who, changed, seal = () => Promise.resolve(undefined)) {
    this.file = file;
    this.who = who;
    this.changed = changed;
    this.seal = seal;
    this.name = file.name.normalize("NFC") || "file";
    this.memory = `parley.up ${this.name} ${file.size} ${file.lastModified}`;
    this.#run();
  }

  /** Whether the server has ciphertext. */
  get isSealed() {
    return this.#body?.isSealed ?? false;
  }

  /** What a message tells of the file, once it is there. @returns {SharedFile | undefined} */
  get told() {
    const { shared, file, name, sha256, isSealed } = this;
    if (shared === undefined || !isSealed) return shared;
    return {
      id: shared.id,
      name,
      size: file.size,
      type: file.type || "application/octet-stream",
      sha256,
    };
  }

  /** Goes on after a failure. */
  retry() {
    this.#attempts = 0;
    this.#abort = new AbortController();
    this.#become("running");
    this.#run();
  }

  /** Ends it, and lets the server forget what has arrived. */
  cancel() {
    this.#abort.abort();
    this.#sealing?.drop();
    sessionStorage.removeItem(this.memory);
    if (this.#address !== undefined && this.state !== "done") {
      this.#fetch("DELETE", this.#address).catch(() => {});
    }
  }

  async #run() {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        await this.#attempt(signal);
        sessionStorage.removeItem(this.memory);
        return this.#become("done");
      } catch (error) {
        if (signal.aborted) return;
        this.error = error instanceof Error ? error.message : String(error);
        if (error instanceof Refused || ++this.#attempts > MAX_ATTEMPTS) {
          return this.#become("failed");
        }
        await new Promise((resolve) => setTimeout(resolve, pauseOf(this.#attempts)));
      }
    }
  }

  /** @param {AbortSignal} signal */
  async #attempt(signal) {
    const body = this.#body ??= await this.#begin();
    let offset = this.#address === undefined ? undefined : await this.#offset(this.#address);
    if (offset === undefined) {
      this.#address = await this.#create(body);
      offset = 0;
      if (!body.isSealed) sessionStorage.setItem(this.memory, this.#address);
    }
    const address = /** @type {string} */ (this.#address);
    this.#progress(offset);
    while (offset < body.size) {
      const part = await body.at(offset).catch((error) => {
        // The server has lost what was let go here: all of it anew, under another key.
        this.#body = this.#address = undefined;
        throw error;
      });
      await this.#send(address, offset, part, signal);
      offset += part.size;
    }
    this.shared = await (await this.#fetch("GET", address)).json();
  }

  /** @returns {Promise<Body>} */
  async #begin() {
    const { file, name } = this;
    const seal = await this.seal().catch((error) => {
      throw new Refused(error.message);
    });
    if (seal === undefined) {
      this.#address = sessionStorage.getItem(this.memory) ?? undefined;
      return {
        name,
        size: file.size,
        isSealed: false,
        at: (offset) => Promise.resolve(file.slice(offset)),
      };
    }
    const sealing = this.#sealing = seal.sealing;
    const size = await sealing.begin(file, seal.recipients);
    let [window, start] = [new Blob([]), 0];
    return {
      ...{ name: "sealed.age", size, isSealed: true },
      at: async (offset) => {
        while (offset >= start + window.size) {
          start += window.size;
          window = await sealing.next() ?? new Blob([]);
          if (window.size === 0) throw new Error("The file is shorter than it was.");
        }
        if (offset < start) throw new Error("The server has lost a part.");
        // The end is known, and with it the hash, before the server says that it has all.
        if (start + window.size === size && this.sha256 === "") {
          await sealing.next();
          this.sha256 = sealing.sha256;
        }
        return window.slice(offset - start);
      },
    };
  }

  /** @param {Body} body */
  async #create({ name, size }) {
    const answer = await this.#fetch("POST", "/api/uploads", {
      "upload-length": String(size),
      "upload-metadata": `filename ${base64(name)}`,
    });
    const location = answer.headers.get("location") ?? "";
    const address = new URL(location, `${globalThis.location.origin}/api/uploads`);
    if (address.origin !== globalThis.location.origin) throw new Refused("It went astray.");
    return address.pathname;
  }

  /**
   * How much the server has; undefined where it knows of nothing.
   *
   * @param {string} address
   */
  async #offset(address) {
    const answer = await fetch(address, { method: "HEAD", headers: this.#headers() });
    if (answer.status === 404 || answer.status === 410 || answer.status === 403) return undefined;
    if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
    return Number(answer.headers.get("upload-offset"));
  }

  /** fetch tells nothing of how far an upload is. @type {(address: string, offset: number, part: Blob, signal: AbortSignal) => Promise<void>} */
  #send(address, offset, part, signal) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const abort = () => request.abort();
      signal.addEventListener("abort", abort);
      request.open("PATCH", address);
      const headers = {
        ...this.#headers(),
        "content-type": "application/offset+octet-stream",
        "upload-offset": String(offset),
      };
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.upload.onprogress = ({ loaded }) => this.#progress(offset + loaded);
      request.onload = () => {
        const { status, responseText } = request;
        if (status < 300) resolve();
        else reject(failureOf(status, responseText));
      };
      request.onerror = () => reject(new Error("The connection was lost."));
      request.onabort = () => reject(new Error("It was cancelled."));
      request.onloadend = () => signal.removeEventListener("abort", abort);
      request.send(part);
    });
  }

  /** @type {(method: string, address: string, headers?: Record<string, string>) => Promise<Response>} */
  async #fetch(method, address, headers = {}) {
    const answer = await fetch(address, { method, headers: { ...this.#headers(), ...headers } });
    if (!answer.ok) throw failureOf(answer.status, await answer.text());
    return answer;
  }

  #headers() {
    return { ...TUS, authorization: `Bearer ${bearerOf(this.who())}` };
  }

  /** @param {number} sent */
  #progress(sent) {
    if (sent > this.sent) this.#attempts = 0;
    this.sent = Math.min(sent, this.file.size);
    this.changed();
  }

  /** @param {Upload["state"]} state */
  #become(state) {
    this.state = state;
    this.changed();
  }
}

/**
 * Why the server said no, in its own words.
 *
 * @param {number} status
 * @param {string} body
 */
function failureOf(status, body) {
  let message = body.trim();
  try {
    const told = JSON.parse(body);
    message = told.message ?? told.payload?.message ?? told.error?.message ?? message;
  } catch {
    // Plain text.
  }
  message = (message || `The server answered ${status}.`).slice(0, 300);
  // An offset that is not the server's is asked for anew; what is busy or broken may mend. A token is over with its
  // session: the next one comes with the connection.
  const mends = status >= 500 && status !== 507 || [401, 408, 409, 423, 429].includes(status);
  return mends ? new Error(message) : new Refused(message);
}
