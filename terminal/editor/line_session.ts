import { EditBuffer } from "./edit_buffer.ts";
import { EDIT_KEYS, idOf } from "./edit_keys.ts";
import { escapeText } from "../escape.ts";
import { HistorySearch } from "./history_search.ts";
import { InputHistory, type KeptLines } from "./input_history.ts";
import type { Key } from "./keys.ts";
import { type Complete, TabCompletion } from "./tab_completion.ts";

/** What came of a key. */
export type Outcome =
  /** What is shown may be another. */
  | "changed"
  /** There was nothing to do. */
  | "bell"
  /** Ctrl-C or Ctrl-D where nothing is typed. */
  | "end"
  /** Ctrl-L. */
  | "clear"
  /** Ctrl-X Ctrl-E. */
  | "edit"
  /** The session has no use for it. */
  | "unused"
  /** Enter: the line. */
  | { readonly entered: string };

/** How a {@link LineSession} works. */
export interface SessionOptions {
  readonly prompt: string;
  readonly history?: KeptLines;
  readonly complete?: Complete;
  /** Tab found something late. */
  readonly onFound?: (outcome: "changed" | "bell") => void;
}

/** What is to be seen of a session. */
export interface SessionView {
  /** Safe for a terminal. */
  readonly prompt: string;
  readonly text: string;
  readonly cursor: number;
}

/**
 * What keys do to the line that is being edited: the text, the lines of before, completion, searching. It knows no
 * terminal.
 *
 * - I1 No sequence of keys throws; no key that types something is lost.
 */
export class LineSession {
  readonly #buffer = new EditBuffer();
  readonly #prompt: string;
  readonly #history: InputHistory;
  readonly #completion: TabCompletion | undefined;
  readonly #onFound: (outcome: "changed" | "bell") => void;
  #search: HistorySearch | undefined;
  /** Whether Ctrl-X was pressed, and the second key is to come. */
  #isPrefixed = false;

  /** @param options The prompt, the lines of before, completion. */
  constructor({ prompt, history, complete, onFound = () => {} }: SessionOptions) {
    this.#prompt = prompt;
    this.#history = new InputHistory(history);
    this.#completion = complete && new TabCompletion(this.#buffer, complete);
    this.#onFound = onFound;
  }

  /** What is to be seen. */
  get view(): SessionView {
    const search = this.#search;
    if (search === undefined) {
      return { prompt: this.#prompt, text: this.#buffer.text, cursor: this.#buffer.cursor };
    }
    const text = search.line ?? this.#buffer.text;
    const at = search.query === "" ? -1 : text.indexOf(search.query);
    return {
      prompt: `(history: ${escapeText(search.query)}) `,
      text,
      cursor: at < 0 ? text.length : at,
    };
  }

  /** The text that is being edited. */
  get text(): string {
    return this.#buffer.text;
  }

  /** Among what Tab chooses, as a row; undefined where it does not. */
  choice(columns: number): string | undefined {
    return this.#completion?.row(columns);
  }

  /** The same as a list. */
  get candidates(): readonly string[] {
    return this.#completion?.candidates ?? [];
  }

  /** Puts another text in its place. */
  set(text: string): void {
    this.#completion?.reset();
    this.#buffer.set(text);
  }

  /** A key was pressed. */
  press(key: Key): Outcome {
    if (this.#search !== undefined) {
      const outcome = this.#pressInSearch(this.#search, key);
      if (outcome !== undefined) return outcome;
    }
    const id = key.kind === "key" ? idOf(key) : "";
    if (id !== "tab" && id !== "shift+tab") this.#completion?.reset();
    if (key.kind === "text") return changed(this.#buffer.insert(key.text));
    // Whoever copies a line has its newline with it.
    if (key.kind === "paste") return changed(this.#buffer.insert(key.text.replace(/\n+$/, "")));
    if (key.kind === "position") return "unused";
    if (this.#isPrefixed) {
      this.#isPrefixed = false;
      if (id === "ctrl+e") return "edit";
      return id === "ctrl+u" ? changed(this.#buffer.undo()) : "bell";
    }
    const edit = EDIT_KEYS[id];
    if (edit === undefined) return this.#do(id);
    edit(this.#buffer);
    return "changed";
  }

  #do(id: string): Outcome {
    const { text, cursor } = this.#buffer;
    switch (id) {
      case "enter":
      case "ctrl+j":
        return this.#enter();
      case "ctrl+c":
        if (text === "") return "end";
        this.#history.reset();
        return changed(this.#buffer.set(""));
      case "ctrl+d":
        return text === "" ? "end" : changed(this.#buffer.deleteRight());
      case "up":
        if (this.#buffer.up()) return "changed";
        return this.#show(this.#history.up(text));
      case "ctrl+p":
        return this.#show(this.#history.up(text));
      case "down":
        if (this.#buffer.down()) return "changed";
        return this.#show(this.#history.down(text));
      case "ctrl+n":
        return this.#show(this.#history.down(text));
      case "alt+p":
      case "alt+n": {
        const found = this.#history.match(text, text.slice(0, cursor), id === "alt+p" ? -1 : 1);
        const outcome = this.#show(found);
        this.#buffer.moveTo(cursor);
        return outcome;
      }
      case "ctrl+r":
        this.#search = new HistorySearch(this.#history);
        return "changed";
      case "ctrl+l":
        return "clear";
      case "ctrl+x":
        this.#isPrefixed = true;
        return "changed";
      case "tab":
        return this.#complete(1);
      case "shift+tab":
        return this.#complete(-1);
      case "escape":
      case "ctrl+g":
        return "changed";
      default:
        return "unused";
    }
  }

  #enter(): Outcome {
    const { text } = this.#buffer;
    if (/(?<!\\)\\$/.test(text)) {
      return changed(this.#buffer.replace(text.length - 1, text.length, "\n"));
    }
    const entered = this.#buffer.take();
    this.#history.enter(entered);
    return { entered };
  }

  #show(line: string | undefined): Outcome {
    if (line !== undefined) this.#buffer.set(line);
    return "changed";
  }

  #complete(step: 1 | -1): Outcome {
    const found = this.#completion?.press(step);
    if (found === undefined) return "unused";
    if (typeof found === "boolean") return changed(found);
    found.then(
      (isFound) => this.#onFound(changed(isFound)),
      // Whatever could not be looked up is nothing to complete.
      () => this.#onFound("bell"),
    );
    return "changed";
  }

  /** While one searches; undefined where the key ends that and is to be taken for itself. */
  #pressInSearch(search: HistorySearch, key: Key): Outcome | undefined {
    if (key.kind === "text" || key.kind === "paste") return changed(search.type(key.text));
    const id = key.kind === "key" ? idOf(key) : "";
    if (id === "backspace") return changed(search.deleteLeft());
    if (id === "ctrl+r") return changed(search.older());
    if (key.kind === "position") return "unused";
    this.#search = undefined;
    if (id === "ctrl+c" || id === "ctrl+g") return "changed";
    if (search.line !== undefined) this.#buffer.set(search.line);
    return id === "escape" ? "changed" : undefined;
  }
}

function changed(isChanged: boolean): "changed" | "bell" {
  return isChanged ? "changed" : "bell";
}
