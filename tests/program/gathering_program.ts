// Prints, and ends at once from within.
import { complain, gatherLines, print } from "../../program/output.ts";

gatherLines(() => {});
print("one");
complain("two");
print("three");
Deno.exit(3);
