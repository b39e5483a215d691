import xterm from "@xterm/headless";

/** Finals of control sequences. */
const FINALS = Array.from({ length: 0x7e - 0x40 + 1 }, (_, at) => String.fromCharCode(0x40 + at));
/** Of escape sequences: from `0` on. */
const ESC_FINALS = Array.from(
  { length: 0x7e - 0x30 + 1 },
  (_, at) => String.fromCharCode(0x30 + at),
);
const STRING_CODES = [0, 1, 2, 4, 7, 8, 9, 10, 11, 12, 52, 104, 110, 111, 112, 133, 777, 1337];

/** A terminal in memory that tells of everything that was done to it beside writing text in colours. */
export class WatchedScreen implements Disposable {
  readonly #terminal: InstanceType<typeof xterm.Terminal>;
  /** What was done: `CSI J`, `bell`, `typed …` for what it would answer to the program. */
  readonly acts: string[] = [];

  /** @param columns How wide it is. */
  constructor(columns: number) {
    const terminal = this.#terminal = new xterm.Terminal({
      cols: columns,
      rows: 24,
      scrollback: 10_000,
      allowProposedApi: true,
      convertEol: true,
      windowOptions: { getWinTitle: true, setWinSizeChars: true, minimizeWin: true },
    });
    const act = (what: string) => {
      this.acts.push(what);
      return true;
    };
    terminal.onBell(() => act("bell"));
    terminal.onTitleChange((title) => act(`title ${title}`));
    terminal.onData((data) => act(`typed ${JSON.stringify(data)}`));
    terminal.onBinary((data) => act(`typed ${JSON.stringify(data)}`));
    terminal.onResize(() => act("resize"));
    terminal.buffer.onBufferChange(() => act("buffer"));
    const { parser } = terminal;
    for (const final of FINALS) {
      for (const prefix of [undefined, "?", ">", "=", "<"]) {
        for (const intermediates of [undefined, "!", "$", " ", "'", '"', "*"]) {
          // What colours are made of.
          if (final === "m" && prefix === undefined && intermediates === undefined) continue;
          const id = {
            final,
            ...(prefix === undefined ? {} : { prefix }),
            ...(intermediates === undefined ? {} : { intermediates }),
          };
          parser.registerCsiHandler(id, () => act(`CSI ${prefix ?? ""} ${final}`));
          parser.registerDcsHandler(id, () => act(`DCS ${final}`));
        }
      }
    }
    for (const final of ESC_FINALS) {
      for (const intermediates of [undefined, "#", "%", "(", ")", " "]) {
        const id = { final, ...(intermediates === undefined ? {} : { intermediates }) };
        parser.registerEscHandler(id, () => act(`ESC ${final}`));
      }
    }
    for (const code of STRING_CODES) parser.registerOscHandler(code, () => act(`OSC ${code}`));
  }

  /** Writes, and waits until it is on the screen. */
  async write(text: string): Promise<void> {
    await new Promise<void>((resolve) => this.#terminal.write(text, resolve));
  }

  /** Everything is as at the beginning. */
  reset(): void {
    this.#terminal.reset();
    this.acts.length = 0;
  }

  /** The lines as they were written: rows that only the width has cut are one. */
  get lines(): string[] {
    const { active } = this.#terminal.buffer;
    const lines: string[] = [];
    for (let row = 0; row <= active.baseY + active.cursorY; row++) {
      const line = active.getLine(row);
      const text = line?.translateToString(true) ?? "";
      if (line?.isWrapped === true) lines.push((lines.pop() ?? "") + text);
      else lines.push(text);
    }
    return lines;
  }

  /** Where the cursor is: the row counted from the first one that was written. */
  get cursor(): { readonly row: number; readonly column: number } {
    const { active } = this.#terminal.buffer;
    return { row: active.baseY + active.cursorY, column: active.cursorX };
  }

  /** What is switched on and off. */
  get modes(): object {
    return { ...this.#terminal.modes };
  }

  /** Whether a cell looks as text does by default; with its text. */
  cell(row: number, column: number): { readonly text: string; readonly isPlain: boolean } {
    const cell = this.#terminal.buffer.active.getLine(row)?.getCell(column);
    return { text: cell?.getChars() ?? "", isPlain: cell?.isAttributeDefault() ?? true };
  }

  /** Gives back its memory. */
  [Symbol.dispose](): void {
    this.#terminal.dispose();
  }
}
