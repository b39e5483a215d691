// One file on its way to the server, by tus 1.0 (https://tus.io/protocols/resumable-upload): it goes on where it
// stopped, also where the page was loaded anew and the same file is chosen again.

import { pauseOf } from "./connection.js";

/** @import {SharedFile} from "../../protocol/chat.ts" */

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

/** - I1 `changed` is called whenever `state`, `sent` or `error` is another. */
export class Upload {
  /** @type {"running" | "paused" | "failed" | "done"} */
  state = "running";
  sent = 0;
  error = "";
  /** What the server knows of the file, once it is there. @type {SharedFile | undefined} */
  shared;
  /** @type {string | undefined} */
  #address;
  #attempts = 0;
  #abort = new AbortController();

  /**
   * @param {File} file
   * @param {() => {name: string, token: string}} who
   * @param {() => void} changed
   */
  constructor(file, who, changed) {
    this.file = file;
    this.who = who;
    this.changed = changed;
    this.name = file.name.normalize("NFC") || "file";
    this.memory = `parley.up ${this.name} ${file.size} ${file.lastModified}`;
    this.#address = sessionStorage.getItem(this.memory) ?? undefined;
    this.#run();
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
    const { file } = this;
    let offset = this.#address === undefined ? undefined : await this.#offset(this.#address);
    if (offset === undefined) {
      this.#address = await this.#create();
      offset = 0;
      sessionStorage.setItem(this.memory, this.#address);
    }
    const address = /** @type {string} */ (this.#address);
    this.#progress(offset);
    if (offset < file.size) await this.#send(address, offset, signal);
    this.shared = await (await this.#fetch("GET", address)).json();
  }

  async #create() {
    const answer = await this.#fetch("POST", "/api/uploads", {
      "upload-length": String(this.file.size),
      "upload-metadata": `filename ${base64(this.name)}`,
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

  /** fetch tells nothing of how far an upload is. @type {(address: string, offset: number, signal: AbortSignal) => Promise<void>} */
  #send(address, offset, signal) {
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
      request.send(this.file.slice(offset));
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
