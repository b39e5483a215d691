const [CTRL_C, CTRL_D, BACKSPACE, DELETE, CTRL_U] = [0x03, 0x04, 0x08, 0x7f, 0x15];
const [NEWLINE, RETURN] = [0x0a, 0x0d];

/** More than any secret has that somebody types. */
const MAX_BYTES = 1_024;

/**
 * Asks for a secret on the terminal; what is typed is not shown. Standard output is left alone.
 *
 * @param question What to ask, safe for a terminal.
 * @returns What was typed; undefined after Ctrl-C, and after Ctrl-D or the end of the input.
 */
export async function askSecret(question: string): Promise<string | undefined> {
  const say = (text: string) => Deno.stderr.writeSync(new TextEncoder().encode(text));
  // Before anybody is asked: what is typed at once would be shown.
  Deno.stdin.setRaw(true);
  try {
    say(`${question}: `);
    return await readSecret();
  } finally {
    Deno.stdin.setRaw(false);
    say("\n");
  }
}

async function readSecret(): Promise<string | undefined> {
  const typed: number[] = [];
  // One byte each time: what comes after the line is somebody else's.
  const byte = new Uint8Array(1);
  while (await Deno.stdin.read(byte) !== null) {
    const [code = 0] = byte;
    if (code === CTRL_C || code === CTRL_D) return undefined;
    if (code === NEWLINE || code === RETURN) {
      return new TextDecoder().decode(Uint8Array.from(typed));
    }
    if (code === CTRL_U) typed.length = 0;
    else if (code === BACKSPACE || code === DELETE) dropCharacter(typed);
    else if (typed.length < MAX_BYTES) typed.push(code);
  }
  return undefined;
}

/** Takes the last character of UTF-8 away: its first byte is none that goes on with another. */
function dropCharacter(typed: number[]): void {
  while (typed.length > 0 && (typed.pop()! & 0xc0) === 0x80);
}
