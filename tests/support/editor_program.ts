// A line editor on the terminal, for tests: says what was entered, and `flood N` prints N messages, 100 a second, with a
// status that changes. At its end it tells so in the file that
// is its argument.
import { LineEditor } from "../../terminal/editor/line_editor.ts";

const editor = new LineEditor({
  prompt: "> ",
  isLinear: Deno.args.includes("--linear"),
  complete: (text, cursor) => ({
    from: 0,
    to: cursor,
    candidates: ["/join ", "/join-all", "/quit"].filter((name) => name.startsWith(text)),
  }),
});
let status = "idle";
editor.setFooter((columns) => [`${columns} ${status}`.slice(0, columns)]);
const stop = () => editor.close();
for (const signal of ["SIGTERM", "SIGHUP"] as const) Deno.addSignalListener(signal, stop);
editor.print("ready");
for await (const line of editor.lines()) {
  const [command, count] = line.split(" ");
  if (command === "q") break;
  if (command === "flood") flood(Number(count));
  else if (command === "burst") {
    for (let number = 1; number <= Number(count); number++) {
      editor.print(`burst ${number} of ${count}`);
    }
  } else editor.print(`got ${JSON.stringify(line)}`);
}
editor.close();
editor.print("closed");
const told = Deno.args.find((arg) => !arg.startsWith("-"));
if (told !== undefined) Deno.writeTextFileSync(told, "in order");
Deno.exit(0);

function flood(count: number, number = 1): void {
  status = `at ${number} of ${count}`;
  editor.print(`message ${number}: a text that takes more than one row in some of the terminals`);
  if (number < count) setTimeout(flood, 10, count, number + 1);
  else {
    status = "nothing more comes";
    editor.refresh();
  }
}
