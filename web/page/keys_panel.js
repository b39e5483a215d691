// “Your keys”: the fingerprint, the devices, taking in another one, signing out everywhere; and a person's
// fingerprints, to compare.

import { el } from "./dom.js";
import { fingerprint } from "./fingerprint.js";
import { isCodeProof, makeCode } from "./linking.js";
import { momentOf } from "./moments.js";
import { openPanel } from "./panel.js";
import { endorsementText } from "./signed_texts.js";

/** @import {KeyCard, LinkWanted} from "../../protocol/chat.ts" */
/** @import {Chat} from "./chat.js" */

/** @typedef {ReturnType<typeof openPanel>} Panel */

/** @param {Chat} chat */
export async function showKeys(chat) {
  const { keys, lacking, session } = chat;
  if (keys === undefined) {
    openPanel("Your keys", [
      el(
        "p",
        {},
        "This browser has no key: a secret token kept here shows who you are, and private messages are not encrypted.",
      ),
      el("p", {}, lacking),
    ]);
    return;
  }
  const own = await fingerprint(keys.publicKey);
  const devices = el("ul", { class: "devices", "aria-label": "Your devices" });
  const problem = el("p", { role: "alert", class: "problem" });
  const linking = el("div", { class: "linking", role: "status" });
  const panel = openPanel("Your keys", [
    el("p", {}, "Your key shows that you are you. Others can compare its fingerprint with you:"),
    print(own),
    el("h3", {}, "Your devices"),
    devices,
    el("button", { class: "plain", click: () => link() }, "Link another device"),
    linking,
    el("h3", {}, "Signing out"),
    signOut(() => {
      if (session.isOnline) chat.signOut();
      else fail("There is no connection: nothing was ended.");
    }),
    problem,
  ]);
  const fail = (/** @type {unknown} */ error) =>
    problem.textContent = error instanceof Error ? error.message : String(error);
  const list = async () => {
    const { keys: cards } = await session.ask("keys", { name: session.who.name });
    const items = await Promise.all(cards.map((card) => device(card, keys.publicKey, revoke)));
    devices.replaceChildren(...items);
  };
  /** @param {string} key */
  const revoke = (key) => session.ask("revoke", { key }).then(list).catch(fail);
  const link = async () => {
    try {
      problem.textContent = "";
      const code = makeCode();
      await session.ask("link", { id: code.id });
      linking.replaceChildren(
        el(
          "p",
          {},
          "Enter this on the other device, with your name. It is good once, for ten minutes:",
        ),
        el("output", { class: "print" }, code.text),
      );
      chat.linkWanted = (wanted) => {
        takeIn(chat, code, wanted).then(async (told) => {
          linking.replaceChildren(el("p", {}, told));
          await list();
        }).catch(fail);
      };
    } catch (error) {
      fail(error);
    }
  };
  await list().catch(fail);
  return panel;
}

/** @type {(chat: Chat, code: import("./linking.js").LinkCode, wanted: LinkWanted) => Promise<string>} What to tell. */
async function takeIn({ session, keys }, code, { key, mac }) {
  if (keys === undefined) return "";
  const { name } = session.who;
  if (!await isCodeProof(code, name, key, mac)) {
    await session.ask("endorse", { key });
    return "A device showed another code than this one. It was not taken in.";
  }
  const endorsement = await keys.sign(endorsementText(name, key, keys.publicKey));
  await session.ask("endorse", { key, endorsement });
  return `Taken in: ${await fingerprint(key)}`;
}

/** @type {(card: KeyCard, own: string, revoke: (key: string) => void) => Promise<HTMLElement>} */
async function device({ key, at, endorsedBy }, own, revoke) {
  const isOwn = key === own;
  const shown = await fingerprint(key);
  const note = `${isOwn ? "this browser · " : ""}since ${momentOf(at, Date.now())}${
    endorsedBy === undefined ? "" : ", taken in by another device"
  }`;
  const remove = el("button", {
    class: "plain",
    "aria-label": `Remove ${shown}`,
    click: () => {
      if (remove.textContent === "Remove") remove.textContent = "Remove for ever?";
      else revoke(key);
    },
  }, "Remove");
  return el(
    "li",
    {},
    el("span", { class: "about" }, el("code", {}, shown), el("small", {}, note)),
    !isOwn && remove,
  );
}

/** @param {string} shown */
function print(shown) {
  return el("output", { class: "print", "aria-label": "Fingerprint" }, shown);
}

/** @param {() => void} logout */
function signOut(logout) {
  const button = el("button", {
    class: "plain",
    click: () => {
      if (button.dataset.asked !== undefined) return logout();
      button.dataset.asked = "";
      button.textContent = "Sign out everywhere: sure?";
    },
  }, "Sign out everywhere");
  return el(
    "p",
    {},
    "Ends every token that was given for your name, and this session. Your keys stay. ",
    button,
  );
}

/**
 * A person's fingerprints and one's own.
 *
 * @param {Chat} chat
 * @param {string} name
 */
export async function showPerson({ session, keys }, name) {
  const { keys: cards } = await session.ask("keys", { name });
  const theirs = await Promise.all(cards.map(({ key }) => fingerprint(key)));
  const own = keys === undefined ? "" : await fingerprint(keys.publicKey);
  openPanel(`Keys of ${name}`, [
    ...theirs.length === 0
      ? [
        el(
          "p",
          {},
          `${name} has no key: nobody but the server says that it is ${name}, and what you write to each other is not encrypted.`,
        ),
      ]
      : [
        el(
          "p",
          {},
          `Ask ${name}, by another way than this chat, to read out what “Your keys” shows there. It must be ${
            theirs.length > 1 ? "one of these" : "this"
          }:`,
        ),
        ...theirs.map(print),
      ],
    ...own === "" ? [] : [el("p", {}, "Yours:"), print(own)],
  ]);
}
