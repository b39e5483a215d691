import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";

/** A permission set of deno.json: of each kind a list, or everything. */
type PermissionSet = Readonly<Record<string, readonly string[] | boolean>>;

const { permissions, tasks } = JSON.parse(
  await Deno.readTextFile(fromFileUrl(new URL("../../deno.json", import.meta.url))),
) as {
  readonly permissions: Readonly<Record<string, PermissionSet>>;
  readonly tasks: Readonly<Record<string, string>>;
};

/** What programs may have at all, each by a list. */
const KINDS = ["env", "net", "read", "sys", "write"];
const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];
/** Tasks of who works on Parley, not of who uses it. */
const FOR_DEVELOPERS = /^(test|ok|layers|generate|screenshots|hostile|bench.*)$/;

Deno.test("no permission set is wider than it needs: no kind as a whole, no other machine, no folder but its own", () => {
  assert(Object.keys(permissions).length >= 5);
  for (const [name, set] of Object.entries(permissions)) {
    for (const [kind, allowed] of Object.entries(set)) {
      assert(KINDS.includes(kind), `${name} has ${kind}`);
      assert(Array.isArray(allowed) && allowed.length > 0, `${name}: ${kind} is not a list`);
      if (kind === "net") {
        assertEquals(allowed.filter((host) => !LOOPBACK.includes(host)), [], name);
      }
      if (kind === "read" || kind === "write") {
        assertEquals(allowed.filter((path) => !/^\.(\/|$)/.test(path)), [], name);
      }
    }
  }
});

Deno.test("every task of a program runs with its permission set, and none with all", () => {
  for (const [name, task] of Object.entries(tasks)) {
    if (FOR_DEVELOPERS.test(name)) continue;
    assert(/ -P=[\w-]+ /.test(task), `${name}: ${task}`);
    assert(!/(^| )(-A|--allow-all)( |$)/.test(task), `${name}: ${task}`);
  }
});
