// How one message looks.

import { el } from "./dom.js";
import { piecesOf } from "./format.js";
import { momentOf, sizeOf, timeOf } from "./moments.js";
import { colourOf, initialsOf } from "./names.js";

/** @import {SharedFile} from "../../protocol/chat.ts" */
/** @import {Entry} from "./store.js" */

/** Only these are shown as images; the server tells types by what is in the file. */
/** Larger pictures of sealed messages are files to save. */
const MAX_PICTURE_BYTES = 10_000_000;
const IMAGES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);

/**
 * @param {string} name
 * @returns {HTMLElement}
 */
export function avatar(name) {
  return el(
    "span",
    { class: `avatar c${colourOf(name)}`, "aria-hidden": "true" },
    initialsOf(name),
  );
}

/**
 * A text, with its code, links and mentions.
 *
 * @param {string} text
 * @param {string} me
 * @returns {Node[]}
 */
export function textNodes(text, me) {
  return piecesOf(text, me).map(({ kind, text, href }) => {
    switch (kind) {
      case "block":
        // What is too wide for it is scrolled, with the keyboard too.
        return el("pre", { tabindex: "0", dir: "ltr" }, el("code", {}, text));
      case "code":
        return el("code", {}, text);
      case "mention":
        return el("mark", {}, text);
      case "link":
        return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, text);
      default:
        return document.createTextNode(text);
    }
  });
}

/**
 * Files of sealed messages: what is behind them.
 *
 * @typedef {{file: (file: SharedFile) => Promise<Blob>, picture: (file: SharedFile) => Promise<string>}} Opener
 */

/**
 * @param {Entry} entry
 * @param {{key: string, grouped: boolean, me: string, isMine: boolean, isSealed: false | "room" | "person", retry: (id: string) => void, discard: (id: string) => void, act: (() => void) | undefined, opener: Opener | undefined}} how
 *   `act` is there where there is something to do with it.
 * @returns {HTMLElement}
 */
export function messageNode(entry, how) {
  const { key, grouped, me, isMine, isSealed, retry, discard, act, opener } = how;
  const { sender, files, at, state, sealed, removed } = entry;
  // In a secret room nobody says anything in the open: the server may have made it up.
  const isForged = isSealed === "room" && sealed === undefined && state === "stored" &&
    removed === undefined;
  const text = isForged || entry.secret?.fault === "repeat" ? "" : entry.text;
  const time = el(
    "time",
    { datetime: new Date(at).toISOString(), title: new Date(at).toLocaleString() },
    timeOf(at),
  );
  const by = grouped
    ? el("span", { class: "hidden" }, `${sender}: `)
    : el("div", { class: "by" }, el("b", { dir: "auto" }, sender), time);
  const node = el(
    "article",
    { class: `message ${grouped ? "more" : "first"} ${state}`, "data-key": key },
    grouped ? el("span", { class: "gutter" }, time) : avatar(sender),
    el(
      "div",
      { class: "body" },
      by,
      text !== "" &&
        el("div", { class: "text", dir: "auto" }, ...textNodes(text, isMine ? "" : me)),
      removed !== undefined && el("p", { class: "gone" }, `Removed by ${removed.by}`),
      !isForged && files.length > 0 && el(
        "ul",
        { class: "files" },
        ...files.map((file) =>
          sealed === undefined ? fileNode(file) : sealedFileNode(file, opener)
        ),
      ),
      ...wordsOf(entry, opener !== undefined, isSealed),
      state === "failed" && failure(entry, retry, discard),
    ),
    act !== undefined && el("button", {
      class: "icon act",
      "aria-label": `What to do with the message of ${sender}`,
      "aria-haspopup": "dialog",
      click: act,
    }, "⋯"),
    isMine && state !== "failed" && removed === undefined && receipt(state),
  );
  return node;
}

/** What is wrong with the order of a sealed message. @type {Record<string, (sender: string) => string>} */
const FAULTS = {
  gap: (sender) => `Something that ${sender} wrote before this is missing.`,
  late: (sender) => `This came late: ${sender} wrote it before what stands above.`,
  old: (sender) => `${sender} wrote this long before: it may be a repeat, or was held back.`,
  repeat: (sender) => `An older message of ${sender} came again. It is not shown.`,
};

/** What is to be told beside a message. @type {(entry: Entry, hasKeys: boolean, isSealed: false | "room" | "person") => HTMLElement[]} */
function wordsOf({ sender, secret, sealed, state, removed }, hasKeys, isSealed) {
  const warn = (/** @type {string} */ words) => el("p", { class: "warning" }, words);
  if (sealed === undefined) {
    if (!isSealed || state !== "stored" || removed !== undefined) return [];
    return isSealed === "person" ? [el("p", { class: "gone" }, "Not encrypted")] : [
      warn(
        "This message is not encrypted, as all are in a secret room: the server may have made it up. It is not shown.",
      ),
    ];
  }
  const { words, fault } = secret ?? {};
  switch (secret?.state) {
    case "waiting":
      return [
        el(
          "p",
          { class: "gone" },
          hasKeys ? "Decrypting…" : "Encrypted: this browser has no key to read it with.",
        ),
      ];
    case "locked":
      return [el("p", { class: "gone" }, "Encrypted: the room's passphrase opens it.")];
    case "refused":
      return [warn(`This message cannot be shown. ${words ?? ""}`)];
  }
  return [words, fault && FAULTS[fault]?.(sender)].flatMap((text) => text ? [warn(text)] : []);
}

/** @type {(state: Entry["state"]) => HTMLElement} */
function receipt(state) {
  return state === "pending"
    ? el("span", { class: "receipt", title: "On its way" }, "◌", spoken("on its way"))
    : el("span", { class: "receipt", title: "Stored" }, "✓", spoken("stored"));
}

/** @param {string} text */
function spoken(text) {
  return el("span", { class: "hidden" }, text);
}

/** @type {(entry: Entry, retry: (id: string) => void, discard: (id: string) => void) => HTMLElement} */
function failure({ id, error = "" }, retry, discard) {
  return el(
    "p",
    { class: "failure" },
    `Not sent. ${error} `,
    el("button", { class: "plain", click: () => retry(id) }, "Try again"),
    " ",
    el("button", { class: "plain", click: () => discard(id) }, "Discard"),
  );
}

/**
 * Where a file is; undefined for an id that is none.
 *
 * @param {SharedFile} file
 */
export function addressOf({ id, name }) {
  return /^[0-9a-f]{32}$/.test(id)
    ? `/files/${id}/${encodeURIComponent(wellFormed(name))}`
    : undefined;
}

/** Half a surrogate pair cannot be part of an address. @param {string} name */
function wellFormed(name) {
  return name.replace(/\p{Cs}/gu, "�");
}

/**
 * @param {SharedFile} file
 * @returns {HTMLElement}
 */
function fileNode(file) {
  const { name, size, type, sha256 } = file;
  const href = addressOf(file);
  if (href !== undefined && IMAGES.has(type)) return imageNode(file, href);
  const [, extension = ""] = /\.([\p{L}\p{N}]{1,4})$/u.exec(name) ?? [];
  return el(
    "li",
    { class: "file" },
    el("span", { class: "kind", "aria-hidden": "true" }, extension.toUpperCase() || "FILE"),
    el(
      "span",
      { class: "about" },
      el("a", { href, download: true, dir: "auto" }, name),
      el(
        "small",
        {},
        sizeOf(size),
        sha256 !== "" && ` · SHA-256 ${sha256.slice(0, 8)}… `,
        sha256 !== "" && copyButton(sha256),
      ),
    ),
  );
}

/** @type {(file: SharedFile, href: string) => HTMLElement} */
function imageNode({ name, size }, href) {
  // The box has its height before the image has come.
  return el(
    "li",
    { class: "image" },
    el(
      "a",
      { href, target: "_blank", rel: "noopener noreferrer" },
      el("img", { src: href, alt: name, loading: "lazy", decoding: "async" }),
    ),
    el("small", { dir: "auto" }, `${name} · ${sizeOf(size)}`),
  );
}

/** A file that has to be decrypted. @type {(file: SharedFile, opener: Opener | undefined) => HTMLElement} */
function sealedFileNode(file, opener) {
  const { name, size, type } = file;
  if (opener === undefined) return el("li", { class: "file" }, name);
  const isPicture = IMAGES.has(type) && size <= MAX_PICTURE_BYTES;
  if (isPicture) return sealedImageNode(file, opener);
  const note = el("small", { role: "status" }, `${sizeOf(size)} · encrypted`);
  const save = async () => {
    note.textContent = "Decrypting…";
    try {
      const url = URL.createObjectURL(await opener.file(file));
      el("a", { href: url, download: name }).click();
      // The browser has begun to save it by then.
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
      note.textContent = `${sizeOf(size)} · decrypted and whole`;
    } catch (error) {
      note.textContent = error instanceof Error ? error.message : String(error);
    }
  };
  const [, extension = ""] = /\.([\p{L}\p{N}]{1,4})$/u.exec(name) ?? [];
  return el(
    "li",
    { class: "file" },
    el("span", { class: "kind", "aria-hidden": "true" }, extension.toUpperCase() || "FILE"),
    el(
      "span",
      { class: "about" },
      el("button", { class: "plain", dir: "auto", click: save }, `Save ${name}`),
      note,
    ),
  );
}

/** @type {(file: SharedFile, opener: Opener) => HTMLElement} */
function sealedImageNode(file, { picture }) {
  const { name, size } = file;
  const image = el("img", { alt: name, decoding: "async" });
  const link = el("a", { download: name, "aria-label": `Save ${name}` }, image);
  const note = el(
    "small",
    { dir: "auto", role: "status" },
    `${name} · ${sizeOf(size)} · encrypted`,
  );
  picture(file).then((url) => {
    image.src = url;
    link.href = url;
  }).catch((error) => note.textContent = `${name} · ${error.message}`);
  return el("li", { class: "image" }, link, note);
}

/** @param {string} sha256 */
function copyButton(sha256) {
  return el("button", {
    class: "plain",
    title: sha256,
    "aria-label": "Copy the whole SHA-256",
    /** @param {{currentTarget: HTMLElement}} event */
    click: async ({ currentTarget }) => {
      await copy(sha256);
      currentTarget.textContent = "copied";
      setTimeout(() => currentTarget.textContent = "copy", 1_500);
    },
  }, "copy");
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // There is no clipboard for pages that came over plain HTTP from elsewhere.
    const area = el("textarea", {}, text);
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

/**
 * A message that was found.
 *
 * @param {{sender: string, at: number, text: string, where: string, files: readonly SharedFile[]}} found
 * @returns {Node[]}
 */
export function foundNodes({ sender, at, text, where, files }) {
  const shown = text || files.map(({ name }) => name).join(", ");
  return [
    avatar(sender),
    el(
      "span",
      { class: "about" },
      el("span", {}, el("b", { dir: "auto" }, sender), ` ${where} · ${momentOf(at, Date.now())}`),
      el("span", { class: "excerpt", dir: "auto" }, shown.slice(0, 300)),
    ),
  ];
}
