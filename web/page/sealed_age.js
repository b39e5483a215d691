// The way to sealed_worker.js: questions and answers. It begins when it is first asked.

import { SealedError } from "./sealed_envelope.js";

/** @type {Worker | undefined} */
let worker;
/** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
const asked = new Map();
let refs = 0;

/** The only script that the page may begin a worker with. */
const ADDRESS = new URL("./sealed_worker.js", import.meta.url).href;

/** @returns {Worker} */
function begin() {
  const { trustedTypes } = /** @type {any} */ (globalThis);
  const policy = trustedTypes?.createPolicy("parley", {
    createScriptURL: (/** @type {string} */ url) => url === ADDRESS ? url : "",
  });
  const begun = new Worker(policy?.createScriptURL(ADDRESS) ?? ADDRESS, { type: "module" });
  begun.onmessage = ({ data: { ref, value, error } }) => {
    const waiting = asked.get(ref);
    asked.delete(ref);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new SealedError(error.code, error.message));
  };
  begun.onerror = () => {
    for (const { reject } of asked.values()) {
      reject(
        new SealedError("internal_error", "Encryption could not be loaded: load the page anew."),
      );
    }
    asked.clear();
  };
  return begun;
}

/** @type {(operation: string, ...what: unknown[]) => Promise<any>} */
function ask(operation, ...what) {
  worker ??= begin();
  const ref = ++refs;
  const to = worker;
  return new Promise((resolve, reject) => {
    asked.set(ref, { resolve, reject });
    to.postMessage({ ref, operation, what });
  });
}

/** @type {import("./sealed_envelope.js").Age} */
export const age = {
  encrypt: (plain, recipients) => ask("encrypt", plain, recipients),
  decrypt: (file, identities) => ask("decrypt", file, identities),
};

/**
 * A new secret room. Takes a second.
 *
 * @param {string} passphrase
 * @returns {Promise<{opening: CryptoKey, recipient: string, file: string}>}
 */
export const makeRoom = (passphrase) => ask("makeRoom", passphrase);

/**
 * Unlocks a secret room. Takes a second.
 *
 * @param {string} file What the server keeps.
 * @param {string} passphrase
 * @returns {Promise<{opening: CryptoKey, recipient: string}>}
 * @throws {SealedError} `wrong_passphrase`, `damaged`.
 */
export const unlockRoom = (file, passphrase) => ask("unlock", file, passphrase);

/**
 * Fetches a file, decrypts it, and makes sure that it is whole.
 *
 * @param {string} address
 * @param {readonly (string | CryptoKey)[]} identities
 * @param {{size: number, sha256: string, type: string}} expected
 * @returns {Promise<Blob>}
 * @throws {SealedError}
 */
export const fetchFile = (address, identities, expected) =>
  ask("fetchFile", address, identities, expected);

/** A file that is encrypted while it is sent: a window of 4 MiB at a time. */
export class FileSealing {
  #number = ++refs;
  /** Of the plaintext, when all of it has been encrypted. */
  sha256 = "";

  /**
   * Begins; gives how many bytes it will have.
   *
   * @type {(file: Blob, recipients: readonly string[]) => Promise<number>}
   */
  begin(file, recipients) {
    return ask("beginFile", this.#number, file, recipients);
  }

  /** @returns {Promise<Blob | undefined>} The next window; undefined at the end. */
  async next() {
    const { window, sha256 } = await ask("nextWindow", this.#number);
    this.sha256 = sha256 ?? "";
    return window;
  }

  drop() {
    ask("dropFile", this.#number).catch(() => {});
  }
}
