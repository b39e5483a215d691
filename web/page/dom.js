// Nodes, made without HTML: what peers wrote becomes text, and nothing else.

/** @typedef {string | number | boolean | undefined | ((event: any) => void)} Prop */

/**
 * An element.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Readonly<Record<string, Prop>>} [props] Attributes; functions are listeners; undefined and false are left out.
 * @param {(Node | string | undefined | false)[]} children Strings become text.
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  for (const child of children) if (child !== undefined && child !== false) node.append(child);
  return node;
}

/**
 * An element of the page.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * Makes `nodes` the children of an element and moves none that is in its place, so that nothing loses its
 * focus or is read out again.
 *
 * @param {Element} parent
 * @param {readonly Node[]} nodes
 */
export function place(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, at) => {
    const there = parent.childNodes[at];
    if (there !== node) parent.insertBefore(node, there ?? null);
  });
}

/**
 * Makes nodes for keys, and keeps those whose content is the same.
 *
 * @template {HTMLElement} N
 */
export class NodeCache {
  /** @type {Map<string, {version: string, node: N}>} */
  #nodes = new Map();
  /** @type {Map<string, {version: string, node: N}>} */
  #next = new Map();

  /**
   * @param {string} key
   * @param {unknown[]} version What the node depends on.
   * @param {() => N} make
   */
  node(key, version, make) {
    const text = JSON.stringify(version);
    const known = this.#nodes.get(key);
    const kept = known?.version === text ? known : { version: text, node: make() };
    this.#next.set(key, kept);
    return kept.node;
  }

  /** Forgets what was not asked for since the last time. */
  sweep() {
    this.#nodes = this.#next;
    this.#next = new Map();
  }
}

/**
 * Arrow keys, Home and End go through the buttons of a list.
 *
 * @param {HTMLElement} list
 * @param {string} selector
 */
export function arrowKeys(list, selector) {
  list.addEventListener("keydown", (event) => {
    const items = [...list.querySelectorAll(selector)];
    const at = items.indexOf(/** @type {Element} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (at < 0 || to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const next = items[(to + items.length) % items.length];
    if (next instanceof HTMLElement) next.focus();
  });
}
