// A program for the tests of program/chat/path_names.ts: prints what it finds for each of its arguments.
import { pathNames } from "../../../program/chat/path_names.ts";
import { print } from "../../../program/output.ts";

for (const path of Deno.args) {
  const names = await pathNames(path);
  print(JSON.stringify(names.toSorted((one, other) => one.name < other.name ? -1 : 1)));
}
