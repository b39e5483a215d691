// The page: who one is, then the chat; and the keys and buttons around it.

import { notifyButton } from "./attention.js";
import { Chat } from "./chat.js";
import { byId } from "./dom.js";
import { Identity } from "./identity.js";
import { checkedName } from "./names.js";

const identity = new Identity(localStorage, sessionStorage);
const app = byId("app");
const field = /** @type {HTMLInputElement} */ (byId("name"));
const isPhone = matchMedia("(max-width: 760px)");
const isWide = matchMedia("(min-width: 1120px)");
/** @type {Chat | undefined} */
let chat;

/** @param {string} problem */
function askName(problem, name = "") {
  app.hidden = true;
  byId("login").hidden = false;
  byId("problem").textContent = problem;
  field.setAttribute("aria-invalid", String(problem !== ""));
  field.value = name;
  field.focus();
  field.select();
}

/** @param {string} name */
function enter(name) {
  byId("login").hidden = true;
  app.hidden = false;
  chat = new Chat(name, identity, ({ code, message }) => {
    identity.leave();
    if (code === "name_taken") identity.forgetToken(name);
    // The page begins anew, so that nothing of the other name is left.
    sessionStorage.setItem("parley.refused", JSON.stringify({ name, code, message }));
    location.reload();
  });
  setUp(chat);
}

/** @returns {[string, string]} Why the last name was refused, and the name. */
function lastRefusal() {
  const text = sessionStorage.getItem("parley.refused");
  sessionStorage.removeItem("parley.refused");
  if (text === null) return ["", ""];
  const { name, code, message } = JSON.parse(text);
  const problem = code === "name_taken"
    ? `“${name}” belongs to somebody else here. If that is you, use the browser that you began with; otherwise choose another name.`
    : message;
  return [problem, name];
}

byId("login-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = checkedName(field.value, 32);
  if (name === undefined) {
    const problem = field.value.trim() === ""
      ? "What shall the others call you?"
      : "A name is 1 to 32 letters, digits, “_”, “-” and “.”, without spaces.";
    return askName(problem, field.value);
  }
  identity.enter(name);
  enter(name);
});

/** @param {Chat} chat */
function setUp(chat) {
  byId("find-open").addEventListener("click", chat.find);
  byId("find-open-2").addEventListener("click", chat.find);
  byId("search-open").addEventListener("click", chat.search);
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
  const [problem, refused] = lastRefusal();
  const { name } = identity;
  if (name === undefined) askName(problem, refused);
  else enter(name);
}

// Something is painted before the work begins; what is in the background is not painted at all.
const isPainted = new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
const isHidden = new Promise((resolve) => setTimeout(resolve, 100));
await Promise.race([isPainted, isHidden]);
begin();
