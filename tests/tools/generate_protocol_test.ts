import { assertEquals } from "@std/assert";
import { deno } from "./run_tool.ts";

Deno.test("What is generated from the schemas is up to date", async () => {
  const { code, stdout, stderr } = await deno("task", "-q", "generate", "--check");
  assertEquals([code, stdout, stderr], [0, "", ""]);
});
