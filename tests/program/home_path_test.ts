import { assertEquals, assertRejects } from "@std/assert";
import { Failure } from "../../program/failure.ts";
import { expandHome } from "../../program/home_path.ts";

const home = () => Promise.resolve("/home/ann");

Deno.test("expandHome puts the home folder in the place of ~, as a shell does", async () => {
  assertEquals(await expandHome("~", home), "/home/ann");
  assertEquals(await expandHome("~/a b", home), "/home/ann/a b");
});

Deno.test("expandHome leaves other paths alone, and asks for no home folder then", async () => {
  const never = () => Promise.reject(new Error("It was asked for"));
  for (const path of ["a", "./~", "~bob/a", "/a/~"]) {
    assertEquals(await expandHome(path, never), path);
  }
});

Deno.test("expandHome says what to do where there is no home folder", async () => {
  await assertRejects(
    () => expandHome("~/a", () => Promise.resolve(undefined)),
    Failure,
    "whole path",
  );
});
