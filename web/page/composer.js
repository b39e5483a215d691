// Where one writes: a text and files for each conversation, kept until they are sent.

import { byId, el, NodeCache, place } from "./dom.js";
import { countOf, sizeOf } from "./moments.js";

/** @import {Conversation} from "./store.js" */
/** @import {Seal, Upload} from "./uploads.js" */

// Nobody adds a file before it is there; and the page begins without it.
const uploading = import("./uploads.js");
uploading.catch(() => {});
const MAX_TEXT_BYTES = 16_384;
/** A message names so many files at most. */
const MAX_FILES = 16;

/** The text box, and the tray of files above it. */
export class Composer {
  /** @type {Conversation | undefined} */
  #conversation;
  /** @type {Map<string, Upload[]>} */
  #trays = new Map();
  /** Of sealed conversations. @type {Map<string, string>} */
  #drafts = new Map();
  /** Conversations whose message goes when its files are there. @type {Map<string, Conversation>} */
  #ready = new Map();
  /** @type {NodeCache<HTMLElement>} */
  #nodes = new NodeCache();
  #text = /** @type {HTMLTextAreaElement} */ (byId("text"));
  #limits = /** @type {Readonly<Record<string, number>>} */ ({});

  /**
   * @param {{say: (conversation: Conversation, text: string, uploads: Upload[]) => void, who: () => {name: string, token: string}, seal: (conversation: Conversation) => ReturnType<Seal>}} parts
   */
  constructor(parts) {
    this.parts = parts;
    const form = /** @type {HTMLFormElement} */ (byId("composer"));
    const chooser = /** @type {HTMLInputElement} */ (byId("chooser"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    this.#text.addEventListener("input", () => {
      this.#hint("");
      this.#grow();
      this.#keepDraft();
    });
    this.#text.addEventListener("paste", (event) => {
      const files = [...event.clipboardData?.files ?? []];
      if (files.length === 0) return;
      event.preventDefault();
      this.add(files);
    });
    byId("attach").addEventListener("click", () => chooser.click());
    chooser.addEventListener("change", () => {
      this.add([...chooser.files ?? []]);
      chooser.value = "";
      this.focus();
    });
  }

  /** @param {Readonly<Record<string, number>>} limits */
  limit(limits) {
    this.#limits = limits;
  }

  focus() {
    this.#text.focus({ preventScroll: true });
  }

  /** @param {Conversation | undefined} conversation */
  open(conversation) {
    this.#conversation = conversation;
    const title = conversation?.title ?? "";
    const label = conversation?.kind === "person" ? `Write to ${title}` : `Message ${title}`;
    this.#text.placeholder = label;
    this.#text.setAttribute("aria-label", label);
    this.#text.value = conversation === undefined ? "" : this.#draft(conversation);
    byId("composer").hidden = conversation === undefined;
    this.#hint("");
    this.#grow();
    this.#renderTray();
  }

  /** @param {File[]} files */
  async add(files) {
    const conversation = this.#conversation;
    if (conversation === undefined) return;
    const { Upload } = await uploading;
    const { key } = conversation;
    const tray = this.#trays.get(key) ?? [];
    this.#trays.set(key, tray);
    const room = MAX_FILES - tray.length;
    if (files.length > room) this.#hint(`A message takes ${countOf(MAX_FILES, "file")} at most.`);
    for (const file of files.slice(0, room)) {
      const seal = () => this.parts.seal(conversation);
      tray.push(new Upload(file, this.parts.who, () => this.#uploaded(key), seal));
    }
    this.#renderTray();
  }

  /** @param {string} key */
  #uploaded(key) {
    const tray = this.#trays.get(key) ?? [];
    if (tray.some(({ state }) => state === "failed")) this.#ready.delete(key);
    const conversation = this.#ready.get(key);
    if (conversation !== undefined && tray.every(({ state }) => state === "done")) {
      this.#submit(conversation);
    }
    this.#renderTray();
  }

  /** @param {Conversation | undefined} conversation */
  #submit(conversation = this.#conversation) {
    if (conversation === undefined) return;
    const { key } = conversation;
    const isOpen = conversation === this.#conversation;
    const tray = this.#trays.get(key) ?? [];
    const written = isOpen ? this.#text.value : this.#draft(conversation);
    // Of the control characters only tab and newline are text.
    // deno-lint-ignore no-control-regex
    const text = written.replace(/\r\n?/g, "\n").replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, "")
      .replace(/^\s*\n|\s+$/g, "");
    if (text === "" && tray.length === 0) return;
    const bytes = new TextEncoder().encode(text).length;
    const { maxTextBytes = MAX_TEXT_BYTES } = this.#limits;
    if (bytes > maxTextBytes) {
      const [size, limit] = [bytes.toLocaleString("en"), maxTextBytes.toLocaleString("en")];
      return this.#hint(
        `This is too long: ${size} of ${limit} bytes. Send it as a file, or in parts.`,
      );
    }
    if (tray.some(({ state }) => state === "failed")) {
      return this.#hint("A file did not arrive: try it again, or remove it.");
    }
    if (tray.some(({ state }) => state !== "done")) {
      this.#ready.set(key, conversation);
      return this.#hint("It is sent as soon as the files are there.");
    }
    this.#ready.delete(key);
    this.#trays.delete(key);
    this.#forgetDraft(key);
    if (isOpen) this.open(conversation);
    this.parts.say(conversation, text.toWellFormed?.() ?? text, tray);
  }

  /** What was written and not sent. @param {Conversation} conversation */
  #draft({ key }) {
    return this.#drafts.get(key) ?? sessionStorage.getItem(`parley.draft ${key}`) ?? "";
  }

  /** @param {string} key */
  #forgetDraft(key) {
    this.#drafts.delete(key);
    sessionStorage.removeItem(`parley.draft ${key}`);
  }

  #keepDraft() {
    const { key = "", guard } = this.#conversation ?? {};
    this.#forgetDraft(key);
    if (this.#text.value === "") return;
    // What is to be sealed is not written down in the open.
    if (guard?.state === "plain") sessionStorage.setItem(`parley.draft ${key}`, this.#text.value);
    else this.#drafts.set(key, this.#text.value);
  }

  /** The box is as high as its text, where the style sheet cannot say so. */
  #grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }

  /** @param {string} text */
  #hint(text) {
    byId("hint").textContent = text;
  }

  #renderTray() {
    const tray = this.#trays.get(this.#conversation?.key ?? "") ?? [];
    byId("tray").hidden = tray.length === 0;
    place(byId("tray"), tray.map((upload, at) => this.#chip(upload, at)));
    this.#nodes.sweep();
  }

  /** @type {(upload: Upload, at: number) => HTMLElement} */
  #chip(upload, at) {
    const { name, file, state, error, sent } = upload;
    const node = this.#nodes.node(`${at} ${name}`, [state, error, file.size], () =>
      el(
        "li",
        { class: `chip ${state}` },
        el(
          "span",
          { class: "about" },
          el("span", { class: "name", dir: "auto" }, name),
          el("small", {}, state === "failed" ? error : sizeOf(file.size)),
          state === "running" && el("progress", { max: file.size || 1, "aria-label": name }),
        ),
        state === "failed" && el("button", {
          type: "button",
          class: "plain",
          click: () => upload.retry(),
        }, "Try again"),
        el("button", {
          type: "button",
          class: "icon",
          "aria-label": `Remove ${name}`,
          click: () => this.#remove(upload),
        }, "×"),
      ));
    const progress = node.querySelector("progress");
    if (progress !== null) progress.value = sent;
    return node;
  }

  /** @param {Upload} upload */
  #remove(upload) {
    const key = this.#conversation?.key ?? "";
    const tray = (this.#trays.get(key) ?? []).filter((other) => other !== upload);
    if (tray.length === 0) this.#trays.delete(key);
    else this.#trays.set(key, tray);
    upload.cancel();
    this.#hint("");
    this.#renderTray();
    this.focus();
  }
}
