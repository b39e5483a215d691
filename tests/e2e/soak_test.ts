import { assert, assertEquals } from "@std/assert";
import { startOnDisk } from "../support/disk_server.ts";
import { Speaker } from "../support/speaker.ts";
import { TempFolder } from "../support/temp.ts";
import { Wire } from "../support/wire.ts";

/** CI takes 120. */
const SECONDS = Number(Deno.env.get("SOAK_SECONDS") ?? 20);
const MEMBERS = 500;
const ROOMS = 5;
/** Between two messages of a member, on average: 200 a second in all. */
const PAUSE_MS = 2_500;
const MAX_TEXT = 8_000;
/** So many are in a room where so much is said that who stalls there falls behind, and is closed at last. */
const LOUD_MEMBERS = 25;
const SHOUT = "x".repeat(16_000);
const SHOUT_PAUSE_MS = 15;
/** How long a staller takes nothing: the sockets hold some of it, and ten seconds later the server ends it. */
const MAX_STALL_MS = 30_000;
const SAMPLE_MS = 250;
/**
 * How much more the last quarter may take than the second. In the first two minutes V8's three heaps and
 * malloc's find their sizes, malloc's in one step of 35 MiB; a longer run stays within 5 % after that.
 */
const FLAT = SECONDS < 60 ? 1.5 : 1.3;

interface Totals {
  connections: number;
  stalls: number;
  cutOff: number;
  messages: number;
  bytes: number;
}

/** Resolves after a while, or when the soak is over. */
function pause(ms: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (over.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      over.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    over.addEventListener("abort", done);
  });
}

/** Takes what comes until the connection ends; stalls when it is told to. */
async function listen(
  { connection }: Wire,
  state: { stallMs: number; isLeaving: boolean },
  over: AbortSignal,
  totals: Totals,
): Promise<void> {
  const buffer = new Uint8Array(64 * 1_024);
  try {
    for (;;) {
      const count = await connection.read(buffer);
      if (count === null) return;
      totals.bytes += count;
      if (state.stallMs > 0) await pause(state.stallMs, over);
    }
  } catch {
    // Closed here, or by a server that it did not listen to.
    if (!state.isLeaving) totals.cutOff++;
  }
}

/** A member that comes, talks, stalls now and then, and goes, with a word or without. */
async function live(number: number, port: number, over: AbortSignal, totals: Totals) {
  const token = number.toString(16).padStart(64, "0");
  await pause(Math.random() * PAUSE_MS, over);
  while (!over.aborted) {
    using wire = await Wire.dial({ host: "127.0.0.1", port });
    totals.connections++;
    const state = { stallMs: 0, isLeaving: false };
    const listening = listen(wire, state, over, totals);
    const isLoud = number < LOUD_MEMBERS;
    try {
      const room = isLoud ? "loud" : `room${number % ROOMS}`;
      await wire.send("connect", { protocol: 1, name: `m${number}`, token, room });
      for (let left = 1 + Math.random() * 6; left > 0 && !over.aborted; left--) {
        const id = `m${number}-${totals.messages++}`;
        const text = "x".repeat(1 + Math.random() * MAX_TEXT);
        await wire.send("message", { room, text, id });
        await pause(Math.random() * 2 * PAUSE_MS, over);
      }
      if (Math.random() < (isLoud ? 0.5 : 0.2)) {
        totals.stalls++;
        state.stallMs = Math.random() * MAX_STALL_MS;
        await pause(state.stallMs, over);
        state.stallMs = 0;
      }
      if (Math.random() < 0.5) {
        await wire.send("quit", {});
        await listening;
      }
    } catch {
      // A staller may have been closed.
    }
    state.isLeaving = true;
    wire[Symbol.dispose]();
    await listening;
  }
}

/** Says more than a staller's sockets hold. */
async function shout(port: number, over: AbortSignal, totals: Totals) {
  using wire = await Wire.dial({ host: "127.0.0.1", port });
  const state = { stallMs: 0, isLeaving: false };
  const listening = listen(wire, state, over, totals);
  await wire.send("connect", { protocol: 1, name: "shouter", room: "loud" });
  for (let count = 0; !over.aborted; count++) {
    await wire.send("message", { room: "loud", text: SHOUT, id: `shout-${count}` });
    totals.messages++;
    await pause(SHOUT_PAUSE_MS, over);
  }
  state.isLeaving = true;
  wire[Symbol.dispose]();
  await listening;
}

function rssOf(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))!;
  return Number(kib) / 1_024;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

Deno.test(`A server's memory is flat while ${MEMBERS} members come, talk, stall and go for ${SECONDS} s`, async (test) => {
  await using temp = new TempFolder();
  await using server = await startOnDisk(temp.path);
  const { port, program } = server;
  const over = new AbortController();
  const totals: Totals = { connections: 0, stalls: 0, cutOff: 0, messages: 0, bytes: 0 };
  const lives = Array.from(
    { length: MEMBERS },
    (_, number) => live(number, port, over.signal, totals),
  );
  const shouting = shout(port, over.signal, totals);
  const samples: number[] = [];
  const length = SECONDS * 1_000 / SAMPLE_MS;
  while (samples.length < length) {
    await pause(SAMPLE_MS, over.signal);
    samples.push(rssOf(program.pid));
  }
  over.abort();
  await Promise.all([...lives, shouting]);

  const quarters = [0, 1, 2, 3].map((at) =>
    median(samples.slice(at * length / 4, (at + 1) * length / 4))
  );
  const shown = quarters.map((mib) => Math.round(mib)).join(", ");
  const { connections, stalls, cutOff, messages, bytes } = totals;
  const [, second, , last] = quarters as [number, number, number, number];
  // A step's name is what `deno test -q` prints of a test.
  const figures = `${connections} connections, ${stalls} stalls (${cutOff} cut off), ` +
    `${messages} messages, ${
      Math.round(bytes / 1e6)
    } MB read; the server's memory by quarters: ${shown} MiB`;
  await test.step(figures, () => {
    assert(last <= FLAT * second, `memory grew from ${second} to ${last} MiB`);
  });
  // It still serves, and ends in order.
  using ann = new Speaker("ann", { rooms: ["room0"], others: [] });
  await ann.connect(port);
  await ann.say();
  await ann.settled();
  program.kill("SIGTERM");
  assertEquals((await program.finish()).code, 0, program.transcript);
});
