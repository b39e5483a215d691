// The page: who one is, then the chat; and the keys and buttons around it.

import { notifyButton } from "./attention.js";
import { Chat } from "./chat.js";
import { Database } from "./database.js";
import { byId } from "./dom.js";
import { Identity } from "./identity.js";
import { openKeys } from "./keys.js";
import { checkedName } from "./names.js";

const identity = new Identity(localStorage, sessionStorage);
const app = byId("app");
const input = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id));
const [field, password, code] = [input("name"), input("password"), input("code")];
const isPhone = matchMedia("(max-width: 760px)");
const isWide = matchMedia("(min-width: 1120px)");
/** @type {Chat | undefined} */
let chat;

/** What one is told who is not let in; the server's own words for the others. @type {Record<string, (name: string) => string>} */
const KINDLY = {
  name_taken: (name) =>
    `“${name}” belongs to somebody else here. If that is you, enter a code from your other device (“Your keys” shows one there); otherwise choose another name.`,
  key_needed: () =>
    "Names here belong to keys, and this browser has none. Without one, only a name that begins with “guest-” may be free.",
  password_needed: () => "This server has a password. Whoever invited you knows it.",
  unknown_link: () =>
    "No device of yours waits for this code, or not any more: let it show a new one.",
  link_refused: () =>
    "Your other device did not take the code: look at it again, or let it show a new one.",
  signed_out: () => "You are signed out everywhere.",
  key_revoked: () => "This browser was removed from your devices.",
};

/** @type {(problem: string, name?: string, reason?: string) => void} */
function askName(problem, name = "", reason = "") {
  app.hidden = true;
  byId("login").hidden = false;
  byId("problem").textContent = problem;
  const wantsPassword = reason.endsWith("_password") || reason === "password_needed";
  if (wantsPassword) byId("password-part").hidden = false;
  if (reason === "name_taken" || reason.includes("link")) showCode();
  const asked = wantsPassword
    ? password
    : reason.includes("link") || reason === "code"
    ? code
    : field;
  for (const one of [field, password, code]) {
    one.setAttribute("aria-invalid", String(one === asked && problem !== ""));
  }
  field.value = name;
  asked.focus();
  asked.select();
}

function showCode() {
  byId("code-part").hidden = false;
  byId("use-code").hidden = true;
}

/**
 * @param {string} name
 * @param {{password?: string | undefined, code?: {id: string, secret: string} | undefined}} shown
 */
async function enter(name, shown = {}) {
  const { keys, lacking } = await openKeys(Database.open).then(
    (keys) => ({ keys, lacking: "" }),
    ({ message }) => ({ keys: undefined, lacking: String(message) }),
  );
  const link = shown.code && keys &&
    await (await linking()).codeProof(shown.code, name, keys.publicKey);
  const entry = { name, keys, lacking, password: shown.password, link };
  byId("login").hidden = true;
  app.hidden = false;
  chat = new Chat(entry, identity, ({ code, message }) => {
    identity.leave();
    if (code === "name_taken") identity.forgetToken(name);
    const told = [KINDLY[code]?.(name) ?? message, code === "key_needed" ? lacking : ""];
    // The page begins anew, so that nothing of the other name is left.
    const refused = { name, code, problem: told.join(" ").trim() };
    sessionStorage.setItem("parley.refused", JSON.stringify(refused));
    location.reload();
  });
  setUp(chat);
}

/** @returns {{name: string, code: string, problem: string}} Why the last name was refused, and the name. */
function lastRefusal() {
  const text = sessionStorage.getItem("parley.refused");
  sessionStorage.removeItem("parley.refused");
  return text === null ? { name: "", code: "", problem: "" } : JSON.parse(text);
}

byId("use-code").addEventListener("click", () => {
  showCode();
  code.focus();
});

const linking = () => import("./linking.js");

byId("login-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const written = field.value;
  const name = checkedName(written, 32);
  if (name === undefined) {
    const problem = written.trim() === ""
      ? "What shall the others call you?"
      : "A name is 1 to 32 letters, digits, “_”, “-” and “.”, without spaces.";
    return askName(problem, written);
  }
  const isCode = !byId("code-part").hidden && code.value.trim() !== "";
  const read = isCode ? (await linking()).readCode(code.value) : undefined;
  if (isCode && read === undefined) {
    return askName(
      "A code is four times four letters and digits, such as ABCD-EFGH-JKLM-NPQR.",
      written,
      "code",
    );
  }
  identity.enter(name);
  enter(name, { password: password.value || undefined, code: read });
});

/** @param {Chat} chat */
function setUp(chat) {
  byId("find-open").addEventListener("click", chat.find);
  byId("find-open-2").addEventListener("click", chat.find);
  byId("search-open").addEventListener("click", chat.search);
  byId("keys-open").addEventListener("click", async () => {
    const { showKeys } = await import("./keys_panel.js");
    showKeys(chat);
  });
  byId("jump").addEventListener("click", () => {
    chat.timeline.toEnd();
    chat.composer.focus();
  });
  byId("leave").addEventListener("click", () => chat.leave());
  byId("sign-out").addEventListener("click", () => {
    identity.leave();
    // Drafts, too, are not the next name's.
    sessionStorage.clear();
    location.reload();
  });
  for (const event of ["visibilitychange", "focus", "blur", "pagehide"]) {
    (event === "visibilitychange" ? document : globalThis)
      .addEventListener(event, () => chat.looked(event));
  }
  globalThis.addEventListener("online", () => chat.connection.wake());
  document.addEventListener("visibilitychange", () => document.hidden || chat.connection.wake());
  document.addEventListener("keydown", (event) => shortcut(event, chat));
  notifyButton();
  setUpDrawers(chat);
  setUpDrop(chat);
  if (!isPhone.matches) chat.composer.focus();
}

/** @type {(event: KeyboardEvent, chat: Chat) => void} */
function shortcut(event, chat) {
  const { key, altKey, ctrlKey, metaKey } = event;
  if (document.querySelector("dialog[open]") !== null) return;
  const step = /** @type {const} */ ({ ArrowDown: 1, ArrowUp: -1 })[key];
  if (altKey && step !== undefined) chat.step(step);
  else if ((ctrlKey || metaKey) && !altKey && key.toLowerCase() === "k") chat.find();
  else if (key === "Escape" && !event.isComposing) {
    if (closeDrawer()) return;
    chat.timeline.toEnd();
    return chat.composer.focus();
  } else return;
  event.preventDefault();
}

/** @type {HTMLElement | undefined} */
let opener;

function closeDrawer() {
  if (app.dataset.open === undefined) return false;
  delete app.dataset.open;
  byId("main").inert = false;
  for (const id of ["side-open", "members-open"]) byId(id).setAttribute("aria-expanded", "false");
  opener?.focus();
  opener = undefined;
  return true;
}

/** @type {(id: "side" | "members") => void} */
function openDrawer(id) {
  app.dataset.open = id;
  opener = byId(`${id}-open`);
  opener.setAttribute("aria-expanded", "true");
  byId("main").inert = true;
  const first = byId(id).querySelector("[aria-current], button:not(:disabled)");
  if (first instanceof HTMLElement) first.focus();
}

/** @param {Chat} chat */
function setUpDrawers(chat) {
  byId("side-open").addEventListener("click", () => openDrawer("side"));
  byId("members-open").addEventListener("click", () => {
    if (!isWide.matches) return openDrawer("members");
    const isOff = app.classList.toggle("no-members");
    byId("members-open").setAttribute("aria-expanded", String(!isOff));
  });
  byId("scrim").addEventListener("click", closeDrawer);
  byId("side-close").addEventListener("click", closeDrawer);
  byId("members-close").addEventListener("click", closeDrawer);
  app.addEventListener("opened", () => {
    closeDrawer();
    if (!isPhone.matches) chat.composer.focus();
  });
  const resized = () => {
    closeDrawer();
    byId("members-open").setAttribute("aria-expanded", String(isWide.matches));
  };
  for (const media of [isPhone, isWide]) media.addEventListener("change", resized);
  resized();
}

/** @param {Chat} chat */
function setUpDrop(chat) {
  const hasFiles = (/** @type {DragEvent} */ { dataTransfer }) =>
    dataTransfer?.types.includes("Files") ?? false;
  const show = (/** @type {boolean} */ isOver) => app.classList.toggle("dropping", isOver);
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    show(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget === null && show(false));
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    show(false);
    chat.composer.add([...event.dataTransfer?.files ?? []]);
    chat.composer.focus();
  });
}

function begin() {
  byId("splash").remove();
  const { problem, name: refused, code } = lastRefusal();
  const { name } = identity;
  if (name === undefined) askName(problem, refused, code);
  else enter(name);
}

// Something is painted before the work begins; what is in the background is not painted at all.
const isPainted = new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
const isHidden = new Promise((resolve) => setTimeout(resolve, 100));
await Promise.race([isPainted, isHidden]);
begin();
