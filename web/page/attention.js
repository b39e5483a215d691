// What reaches somebody who looks elsewhere: the title and desktop notifications.

import { byId } from "./dom.js";

/** @import {Conversation, Entry, Store} from "./store.js" */

const isOffered = "Notification" in globalThis && globalThis.isSecureContext;

/**
 * The button that asks whether notifications may be shown; it is there only while that is not decided.
 */
export function notifyButton() {
  const button = byId("notify");
  const update = () => button.hidden = !isOffered || Notification.permission !== "default";
  button.addEventListener("click", async () => {
    await Notification.requestPermission();
    update();
  });
  update();
}

/** @param {Store} store */
export function updateTitle(store) {
  const { unread, current } = store;
  const title = current === undefined ? "Parley" : `${current.title} · Parley`;
  const wanted = unread > 0 ? `(${unread}) ${title}` : title;
  if (document.title !== wanted) document.title = wanted;
}

/**
 * Tells of a message; one of a conversation at a time.
 *
 * @param {Conversation} conversation
 * @param {Entry} entry
 * @param {boolean} isLoud Whether it is for this person and nobody else.
 * @param {() => void} open
 */
export function notify({ key, kind, title }, { sender, text, files }, isLoud, open) {
  if (!isOffered || Notification.permission !== "granted" || !document.hidden) return;
  const body = (text || files.map(({ name }) => name).join(", ")).slice(0, 200);
  try {
    const notification = new Notification(kind === "room" ? `${sender} in ${title}` : sender, {
      ...{ body, tag: key, silent: !isLoud, icon: new URL("./favicon.svg", import.meta.url).href },
    });
    notification.onclick = () => {
      globalThis.focus();
      notification.close();
      open();
    };
  } catch {
    // Some phones allow them to service workers only.
  }
}
