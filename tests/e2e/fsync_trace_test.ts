import { assert, assertEquals } from "@std/assert";
import { startOnDisk } from "../support/disk_server.ts";
import { NEEDS, testNeeding } from "../support/needing.ts";
import { TempFolder } from "../support/temp.ts";
import { type Call, parseTrace, traced } from "../support/trace.ts";
import { Wire } from "../support/wire.ts";

const MESSAGES = 30;
const WRITES = ["pwrite64", "pwritev", "write", "writev"];
const SENDS = ["sendto", "sendmsg", "write", "writev"];
const SYNCS = ["fdatasync", "fsync"];

/**
 * Proves that bytes were synced before the socket was told of them.
 *
 * @param calls The trace.
 * @param written What the WAL is given, at first.
 * @param told What the socket is given, at first.
 */
function checkSynced(calls: readonly Call[], written: string, told: string): void {
  const isIn = ({ args }: Call, file: string) => args.includes(file);
  const sent = calls.find(({ name, args }) =>
    SENDS.includes(name) && /^\d+<(socket|TCP)/.test(args) && args.includes(told)
  );
  assert(sent !== undefined, `"${told}" was sent`);
  const write = calls.find((call) =>
    WRITES.includes(call.name) && isIn(call, "parley.db-wal>") && isIn(call, written)
  );
  assert(write !== undefined, `"${written}" was written to the WAL`);
  const sync = calls.find((call) =>
    SYNCS.includes(call.name) && isIn(call, "parley.db-wal>") && call.result === "0" &&
    call.began >= write.returned
  );
  assert(sync !== undefined, `the WAL was synced after "${written}"`);
  assert(sync.returned < sent.began, `"${told}" was sent before "${written}" was synced`);
}

// A kill takes nothing from the system's cache, so that it cannot show an fsync that is missing.
testNeeding(
  NEEDS.strace,
  "Between a message's way into the log and its acknowledgement lies an fdatasync that has returned",
  async () => {
    await using temp = new TempFolder();
    const trace = temp.file("trace");
    await using server = await startOnDisk(temp.file("data"), {
      wrap: traced(trace, [...new Set([...WRITES, ...SENDS, ...SYNCS])]),
    });
    using ann = await Wire.dial({ host: "127.0.0.1", port: server.port });
    await ann.send("connect", { protocol: 1, name: "ann", room: "lobby" });
    await ann.next("joined");
    const texts = Array.from({ length: MESSAGES }, (_, at) => `(${at}) ${crypto.randomUUID()}`);
    for (const [at, text] of texts.entries()) {
      const said = { text, id: `id-${at}-` };
      if (at % 3 < 2) await ann.send("message", { room: "lobby", ...said });
      else await ann.send("private", { to: "ann", ...said });
      assertEquals((await ann.next("ack")).stored, "disk");
    }
    server.program.kill("SIGTERM");
    await server.program.finish();
    const calls = parseTrace(await Deno.readTextFile(trace));
    // The name is stored before its holder is told so,
    checkSynced(calls, "name/ann", "connect_ack");
    for (const [at, text] of texts.entries()) {
      // a message before its sender hears that it is,
      checkSynced(calls, text, `\\"ack\\",\\"payload\\":{\\"id\\":\\"id-${at}-\\"`);
      // and before anybody sees it.
      checkSynced(calls, text, text);
    }
  },
);
