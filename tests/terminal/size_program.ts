// Prints how large its terminal is.
import { terminalSize } from "../../terminal/terminal_size.ts";

const { columns, rows } = terminalSize();
await Deno.stdout.write(new TextEncoder().encode(`${columns} x ${rows}\n`));
