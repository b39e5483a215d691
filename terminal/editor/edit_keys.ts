import type { EditBuffer } from "./edit_buffer.ts";
import type { NamedKey } from "./keys.ts";

/** Keys that work on the text alone, by {@link idOf}. */
export const EDIT_KEYS: Readonly<Record<string, (buffer: EditBuffer) => boolean>> = {
  "left": (buffer) => buffer.left(),
  "ctrl+b": (buffer) => buffer.left(),
  "right": (buffer) => buffer.right(),
  "ctrl+f": (buffer) => buffer.right(),
  "ctrl+left": (buffer) => buffer.wordLeft(),
  "alt+left": (buffer) => buffer.wordLeft(),
  "alt+b": (buffer) => buffer.wordLeft(),
  "ctrl+right": (buffer) => buffer.wordRight(),
  "alt+right": (buffer) => buffer.wordRight(),
  "alt+f": (buffer) => buffer.wordRight(),
  "home": (buffer) => buffer.lineBegin(),
  "ctrl+a": (buffer) => buffer.lineBegin(),
  "end": (buffer) => buffer.lineEnd(),
  "ctrl+e": (buffer) => buffer.lineEnd(),
  "ctrl+home": (buffer) => buffer.moveTo(0),
  "ctrl+end": (buffer) => buffer.moveTo(buffer.text.length),
  "backspace": (buffer) => buffer.deleteLeft(),
  "shift+backspace": (buffer) => buffer.deleteLeft(),
  "delete": (buffer) => buffer.deleteRight(),
  "ctrl+w": (buffer) => buffer.killBlankWordLeft(),
  "alt+backspace": (buffer) => buffer.killWordLeft(),
  "ctrl+backspace": (buffer) => buffer.killWordLeft(),
  "alt+d": (buffer) => buffer.killWordRight(),
  "ctrl+delete": (buffer) => buffer.killWordRight(),
  "ctrl+u": (buffer) => buffer.killToBegin(),
  "ctrl+k": (buffer) => buffer.killToEnd(),
  "ctrl+y": (buffer) => buffer.yank(),
  "ctrl+t": (buffer) => buffer.transpose(),
  "ctrl+_": (buffer) => buffer.undo(),
  "alt+enter": (buffer) => buffer.insert("\n"),
  "shift+enter": (buffer) => buffer.insert("\n"),
  "ctrl+enter": (buffer) => buffer.insert("\n"),
};

/** A key in short: `ctrl+left`. Which modifiers a character has shows in itself. */
export function idOf({ name, ctrl, alt, shift }: NamedKey): string {
  return `${ctrl ? "ctrl+" : ""}${alt ? "alt+" : ""}${shift ? "shift+" : ""}${name}`;
}
