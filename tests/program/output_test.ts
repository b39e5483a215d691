import { assertEquals } from "@std/assert";
import { Program } from "../support/process.ts";

Deno.test("What was gathered is written, in order, though the process ends at once", async () => {
  await using program = Program.start("tests/program/gathering_program.ts", [], {
    wrap: ["sh", "-c", '"$@" 2>&1', "sh"],
  });
  const { code, stdout } = await program.finish();
  assertEquals([code, stdout], [3, ["one", "two", "three"]]);
});
