// A dialog with something to read and a few buttons; one at a time.

import { byId } from "./dom.js";

const dialog = () => /** @type {HTMLDialogElement} */ (byId("panel"));

/**
 * Shows it.
 *
 * @param {string} title
 * @param {readonly (Node | string)[]} content
 * @returns {{closed: Promise<void>, close: () => void, show: (content: readonly (Node | string)[]) => void}}
 *   `show` puts other content into it.
 */
export function openPanel(title, content) {
  const node = dialog();
  byId("panel-title").textContent = title;
  byId("panel-body").replaceChildren(...content);
  byId("panel-close").onclick = () => node.close();
  node.onclick = ({ target }) => {
    if (target === node) node.close();
  };
  /** @type {Promise<void>} */
  const closed = new Promise((resolve) => {
    node.addEventListener("close", () => {
      byId("panel-body").replaceChildren();
      resolve();
    }, { once: true });
  });
  if (!node.open) node.showModal();
  return {
    closed,
    close: () => node.close(),
    show: (content) => byId("panel-body").replaceChildren(...content),
  };
}
