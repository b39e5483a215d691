import { assert, assertEquals, assertMatch } from "@std/assert";
import { listen } from "../../net/tcp.ts";
import { FrameReader } from "../../net/frame_reader.ts";
import { FrameWriter } from "../../net/frame_writer.ts";
import type { Connection } from "../../net/connection.ts";
import { Program } from "../support/process.ts";
import { TempFolder } from "../support/temp.ts";
import { TRANSFER_ATTACKS } from "./transfer_attacks.ts";

const ATTACKER = "tests/hostile/run.ts";

function attack(...args: readonly string[]): Program {
  return Program.start(ATTACKER, args, { deno: ["--allow-net"] });
}

/** A receiver that believes everything. */
async function believe(connection: Connection): Promise<void> {
  const reader = new FrameReader(connection);
  const writer = new FrameWriter(connection);
  const names = new Map<number, string>();
  const answer = (type: string, payload: object) => writer.send({ type, payload });
  try {
    do {
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
        if (frame.kind === "data") continue;
        const { type, payload } = JSON.parse(new TextDecoder().decode(frame.payload));
        if (type === "hello") answer("welcome", { limits: {}, durable: "disk" });
        if (type === "offer") {
          names.set(payload.id, payload.name);
          answer("accept", { id: payload.id, offset: 0 });
        }
        if (type === "end") {
          answer("done", { ...payload, savedAs: names.get(payload.id) ?? "x", durable: "disk" });
        }
        if (type === "bye") answer("bye", payload);
        if (type === "bye") return await writer.finish();
      }
      await writer.flush();
    } while (await reader.more());
  } catch {
    // What is no frame ends it, without a word.
  } finally {
    connection.close();
  }
}

Deno.test("our receiver withstands every attack, and prints nothing that touches a terminal", async () => {
  await using out = new TempFolder();
  await using receiver = Program.start("transfer/receive.ts", ["--port", "0", "--out", out.path]);
  const [, address] = await receiver.line(/listening on (\S+)/);
  await using attacker = attack(address!);
  const { code, stdout, stderr } = await attacker.finish();
  const slow = TRANSFER_ATTACKS.filter(({ seconds }) => seconds !== undefined).length;
  const quick = TRANSFER_ATTACKS.length - slow;
  assertEquals(stdout.filter((line) => line.startsWith("FAILED")), []);
  assertEquals([code, stderr], [0, []]);
  assertEquals(stdout.at(-1), `${quick} ok, 0 failed, ${slow} skipped`);
  assertMatch(stdout[0]!, /it will keep the folder recv-hostile-/);
  // One folder is left, beside the receiver's own receipts, and no parts.
  const left = out.names().filter((name) => !name.endsWith(".journal"));
  assertEquals(left.length, 1);
  assert(left[0]!.startsWith("recv-hostile-"));
  receiver.kill("SIGTERM");
  const printed = await receiver.finish();
  assertEquals(printed.code, 0);
  for (const line of [...printed.stdout, ...printed.stderr]) {
    assert(!/[\p{C}\p{Zl}\p{Zp}]/u.test(line), JSON.stringify(line));
  }
});

Deno.test("a receiver that believes everything fails, attack by attack, and the exit code is 1", async () => {
  using listener = disposable(listen({ host: "127.0.0.1", port: 0 }));
  const serving = (async () => {
    for await (const connection of listener.it) believe(connection);
  })();
  await using attacker = attack(`127.0.0.1:${listener.it.address.port}`);
  const { code, stdout } = await attacker.finish();
  listener.it.close();
  await serving;
  assertEquals(code, 1);
  // What is left an honest sender may do as well, or only the folder would show it.
  const ok = stdout.filter((line) => line.startsWith("ok: ")).map((line) => line.slice(4));
  assertEquals(ok.filter((name) => !name.startsWith("two names in one batch")), [
    "a file with a time beyond all calendars",
    "a file with a time before all calendars",
    "a key that another file had",
    "a program that is to run as somebody else (setuid)",
    "a file under the name of a folder, and a file in it",
    "a file that is cancelled in its midst, with a reason that clears a terminal",
    "256 offers, every one cancelled",
    "ten thousand pings",
    "ten thousand empty data frames in a file",
  ]);
  assert(stdout.at(-1)!.startsWith(`${ok.length} ok, `));
});

Deno.test("an address that is none is exit 2, one where nobody listens exit 1, each in one line", async () => {
  for (
    const [args, exit] of [[[], 2], [["nowhere"], 2], [["a:1", "b:2"], 2], [
      ["127.0.0.1:1"],
      1,
    ]] as const
  ) {
    await using attacker = attack(...args);
    const { code, stdout, stderr } = await attacker.finish();
    assertEquals([code, stdout.length, stderr.length], [exit, 0, 1]);
  }
});

function disposable<T extends { close(): void }>(it: T): { readonly it: T } & Disposable {
  return { it, [Symbol.dispose]: () => it.close() };
}
