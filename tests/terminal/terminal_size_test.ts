import { assertEquals } from "@std/assert";

const PROGRAM = new URL("./size_program.ts", import.meta.url).pathname;

/** What a program finds in a terminal that was set so. */
async function sizeAfter(stty: string): Promise<string> {
  const run = `${Deno.execPath()} run -q ${PROGRAM}`;
  const { stdout } = await new Deno.Command("script", {
    args: ["-qfec", `${stty}; exec ${run} < /dev/tty`, "/dev/null"],
    stdin: "null",
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("a terminal is as large as it says, and 80 x 24 where it says nothing", async () => {
  assertEquals(await sizeAfter("stty cols 100 rows 30"), "100 x 30");
  assertEquals(await sizeAfter("stty cols 0 rows 0"), "80 x 24");
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", PROGRAM],
    stdin: "null",
    stderr: "null",
  }).output();
  assertEquals(new TextDecoder().decode(stdout).trim(), "80 x 24");
});
