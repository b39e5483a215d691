import { type TerminalSize, terminalSize } from "../terminal_size.ts";

/** A terminal as the line editor needs it. */
export interface Tty {
  /**
   * Takes what is typed, until what it returns is disposed of: what is typed then is for others.
   *
   * @param taker Given bytes, which are its own; null at their end.
   */
  listen(taker: (bytes: Uint8Array | null) => void): Disposable;
  /** Writes all of it before it comes back. */
  write(text: string): void;
  size(): TerminalSize;
  /** Whether keys come as they are pressed, and are not shown. */
  setRaw(isRaw: boolean): void;
  /** Calls back when the size has changed, or when the process goes on after it was stopped. */
  onChange(callback: (what: "size" | "resumed") => void): Disposable;
}

/** The terminal that the process was started in: standard input and output. */
export const processTty: Tty = {
  listen(taker) {
    const listening = new AbortController();
    listen(taker, listening.signal);
    return { [Symbol.dispose]: () => listening.abort() };
  },
  write(text) {
    let left = new TextEncoder().encode(text);
    try {
      while (left.length > 0) left = left.subarray(Deno.stdout.writeSync(left));
    } catch {
      // Nobody sees it any more: the terminal is gone, and with it its input, which tells so.
    }
  },
  size: terminalSize,
  setRaw(isRaw) {
    try {
      Deno.stdin.setRaw(isRaw);
    } catch {
      // It is gone, as above.
    }
  },
  onChange(callback) {
    // Windows has neither signal.
    if (Deno.build.os === "windows") return { [Symbol.dispose]: () => {} };
    const resized = () => callback("size");
    const resumed = () => callback("resumed");
    Deno.addSignalListener("SIGWINCH", resized);
    Deno.addSignalListener("SIGCONT", resumed);
    return {
      [Symbol.dispose]() {
        Deno.removeSignalListener("SIGWINCH", resized);
        Deno.removeSignalListener("SIGCONT", resumed);
      },
    };
  },
};

/**
 * A read of Deno's own cannot be taken back: it would keep the next key, and the terminal, from whoever is to have it. Node's
 * can; it is loaded when everything else is there, because that takes as long as all of it.
 */
async function listen(
  taker: (bytes: Uint8Array | null) => void,
  until: AbortSignal,
): Promise<void> {
  const { stdin } = (await import("node:process")).default;
  if (until.aborted) return;
  const onData = (bytes: Uint8Array) => taker(bytes);
  const onEnd = () => taker(null);
  // A terminal that goes away ends with an error; where nobody listens it would end the program.
  if (stdin.listenerCount("error") === 0) stdin.on("error", () => {});
  stdin.on("data", onData).on("end", onEnd).on("error", onEnd).resume();
  until.addEventListener("abort", () => {
    stdin.off("data", onData).off("end", onEnd).off("error", onEnd).pause();
  });
}
