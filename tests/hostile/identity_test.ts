import { assert, assertEquals, assertRejects } from "@std/assert";
import * as fc from "fast-check";
import { ChatClient } from "../../client/chat_client.ts";
import { ProtocolError } from "../../codec/errors.ts";
import type { DeviceKey } from "../../identity/device_key.ts";
import { makeLinkCode, proveLinkCode } from "../../identity/link_code.ts";
import { tcpConnection } from "../../net/tcp.ts";
import { formatBearer } from "../../protocol/bearer.ts";
import {
  endorsementText,
  linkText,
  proofText,
  recipientText,
} from "../../protocol/signed_texts.ts";
import { ChatServer, type ChatServerOptions } from "../../server/chat_server.ts";
import { newKey, proveOver } from "../support/key_peer.ts";
import { Wire } from "../support/wire.ts";
import { ServerSide } from "../client/scripted_server.ts";

// What others than a name's owner try, over real connections.

/** A server on which ann's key owns the name `ann`. */
async function annsServer(options: ChatServerOptions = {}) {
  const server = ChatServer.listen({ port: 0, limits: { requestBurst: 0 }, ...options });
  const key = await newKey();
  const client = await ChatClient.connect({ ...server.address, name: "ann", key });
  return {
    server,
    key,
    client,
    port: server.address.port,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server.close();
    },
  };
}

const dial = (port: number) => Wire.dial({ host: "127.0.0.1", port });

/** What a server says to somebody who wants to be ann. */
async function outcome(wire: Wire): Promise<string> {
  for (;;) {
    const message = await wire.receive();
    if (message === undefined) return "end";
    if (message.type === "error") return message.payload.code;
    if (message.type === "connect_ack") return `connected as ${message.payload.name}`;
  }
}

Deno.test("nobody is ann without her key: not with another key, no key, or a token of his own choice", async () => {
  await using ann = await annsServer();
  const attempts: (() => Promise<string>)[] = [
    async () => {
      using wire = await dial(ann.port);
      await proveOver(wire, ann.port, "ann", await newKey());
      return await outcome(wire);
    },
    async () => {
      using wire = await dial(ann.port);
      await wire.send("connect", { protocol: 1, name: "Ann" });
      return await outcome(wire);
    },
    async () => {
      using wire = await dial(ann.port);
      await wire.send("connect", { protocol: 1, name: "ann", token: "0".repeat(64) });
      return await outcome(wire);
    },
  ];
  for (const attempt of attempts) assertEquals(await attempt(), "name_taken");
});

Deno.test("who names ann's key and has not got it, is refused and hung up on", async () => {
  await using ann = await annsServer();
  const { publicKey } = ann.key;
  const eve = await newKey();
  const zeros = { publicKey, sign: () => Promise.resolve("0".repeat(128)) };
  // A signature that is good for every text exists only for keys that are no one's.
  for (const signer of [eve, zeros]) {
    using wire = await dial(ann.port);
    await proveOver(wire, ann.port, "ann", ann.key, { signer });
    assertEquals(await outcome(wire), "wrong_proof");
    assertEquals(await outcome(wire), "end");
  }
});

Deno.test("a proof that was overheard is worth nothing on another connection", async () => {
  await using ann = await annsServer();
  const signed: string[] = [];
  const overheard: DeviceKey = {
    publicKey: ann.key.publicKey,
    async sign(text) {
      signed.push(await ann.key.sign(text));
      return signed.at(-1)!;
    },
  };
  await using _again = await ChatClient.connect({
    host: "127.0.0.1",
    port: ann.port,
    name: "ann",
    key: overheard,
  });
  using wire = await dial(ann.port);
  await wire.send("connect", { protocol: 1, name: "ann", key: ann.key.publicKey });
  await wire.next("challenge");
  await wire.send("prove", { signature: signed[0]! });
  assertEquals(await outcome(wire), "wrong_proof");
});

Deno.test("a nonce is good for one proof: a right one after a wrong one, or a second one, ends the connection", async () => {
  await using ann = await annsServer();
  const { key, port } = ann;
  const rightProof = async (wire: Wire) => {
    await wire.send("connect", { protocol: 1, name: "ann", key: key.publicKey });
    const { nonce } = await wire.next("challenge");
    const fields = { server: `plain:${port}`, nonce, name: "ann", key: key.publicKey };
    return { signature: await key.sign(proofText(fields)) };
  };
  using wrongFirst = await dial(port);
  const right = await rightProof(wrongFirst);
  await wrongFirst.send("prove", { signature: "0".repeat(128) });
  await wrongFirst.send("prove", right).catch(() => {});
  assertEquals(await outcome(wrongFirst), "wrong_proof");
  assertEquals(await outcome(wrongFirst), "end");
  using twice = await dial(port);
  const again = await rightProof(twice);
  await twice.send("prove", again);
  await twice.send("prove", again);
  assertEquals(await outcome(twice), "connected as ann");
  assertEquals(await outcome(twice), "unexpected_message");
});

Deno.test("a server in the middle gets nothing by handing ann's proof on to another server", async () => {
  await using ann = await annsServer();
  using middle = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const handing = (async () => {
    const inner = await dial(ann.port);
    using outer = await middle.accept();
    // It hands on every byte, both ways, and ann's client believes to talk to it.
    const there = outer.readable.pipeTo(writableOf(inner), { preventClose: true }).catch(() => {});
    const back = pump(inner, outer);
    await Promise.race([there, back]);
    inner[Symbol.dispose]();
    await Promise.all([there, back]);
  })();
  const options = { host: "127.0.0.1", port: middle.addr.port, name: "ann", key: ann.key };
  const error = await assertRejects(() => ChatClient.connect(options), ProtocolError);
  assertEquals(error.code, "wrong_proof");
  await handing;
});

function writableOf(wire: Wire): WritableStream<Uint8Array<ArrayBuffer>> {
  return new WritableStream({ write: (chunk) => wire.raw(chunk) });
}

async function pump(from: Wire, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(4_096);
  try {
    for (;;) {
      const count = await from.connection.read(buffer);
      if (count === null) return to.closeWrite();
      await to.write(buffer.subarray(0, count));
    }
  } catch {
    // One of the two has gone.
  }
}

Deno.test("a proof for one of two servers is not one for the other", async () => {
  await using ann = await annsServer();
  await using other = ChatServer.listen({ port: 0 });
  using wire = await dial(ann.port);
  await proveOver(wire, ann.port, "ann", ann.key, { server: `plain:${other.address.port}` });
  assertEquals(await outcome(wire), "wrong_proof");
});

Deno.test("a challenge that is reflected to ann's client is signed for eve's own server only", async () => {
  await using ann = await annsServer();
  // Eve wants to be ann, and gives the challenge that she got to a client of ann's who visits her.
  using eve = await dial(ann.port);
  await eve.send("connect", { protocol: 1, name: "ann", key: ann.key.publicKey });
  const { nonce } = await eve.next("challenge");
  using trap = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const visiting = ChatClient.connect({
    host: "127.0.0.1",
    port: trap.addr.port,
    name: "ann",
    key: ann.key,
    handshakeTimeoutMs: 5_000,
  });
  visiting.catch(() => {});
  const visitor = new ServerSide(tcpConnection(await trap.accept()));
  await visitor.expect("connect");
  visitor.send("challenge", { nonce });
  await eve.send("prove", await visitor.expect("prove"));
  assertEquals(await outcome(eve), "wrong_proof");
  visitor.break();
  await assertRejects(() => visiting);
});

Deno.test("a proof is one of a name: bob's, who has a key too, is none of ann's", async () => {
  await using ann = await annsServer();
  using wire = await dial(ann.port);
  await proveOver(wire, ann.port, "ann", ann.key, { provenName: "bob" });
  assertEquals(await outcome(wire), "wrong_proof");
});

Deno.test("what a key has signed for something else is no proof", async () => {
  await using ann = await annsServer();
  const { publicKey } = ann.key;
  const others = [
    recipientText(publicKey, `age1${"q".repeat(58)}`),
    endorsementText("ann", publicKey, publicKey),
    linkText("ann", publicKey),
  ];
  for (const text of others) {
    using wire = await dial(ann.port);
    const signer = { publicKey, sign: () => ann.key.sign(text) };
    await proveOver(wire, ann.port, "ann", ann.key, { signer });
    assertEquals(await outcome(wire), "wrong_proof");
  }
});

Deno.test("prove before connect is refused, and who owes a proof may do nothing else", async () => {
  await using ann = await annsServer();
  using early = await dial(ann.port);
  await early.send("prove", { signature: "0".repeat(128) });
  assertEquals(await outcome(early), "unexpected_message");
  for (
    const [type, payload] of [["join", { room: "lobby" }], ["connect", { name: "bob" }]] as const
  ) {
    using wire = await dial(ann.port);
    await wire.send("connect", { protocol: 1, name: "ann", key: ann.key.publicKey });
    await wire.send(type, { protocol: 1, ...payload });
    assertEquals(await outcome(wire), "unexpected_message");
  }
});

Deno.test("a stolen token is over with quit and with logout, a durable one with logout", async () => {
  await using server = ChatServer.listen({ port: 0 });
  const key = await newKey();
  const options = { ...server.address, name: "ann", key };
  const isGood = async (token: string) => {
    try {
      return await server.hub.authenticate(formatBearer({ name: "ann", token })) === "ann";
    } catch (error) {
      assert(error instanceof ProtocolError && error.code === "unauthorized");
      return false;
    }
  };
  const quits = await ChatClient.connect(options);
  const durable = await quits.createToken();
  const session = quits.token!;
  assertEquals([await isGood(session), await isGood(durable)], [true, true]);
  await quits.close();
  assertEquals([await isGood(session), await isGood(durable)], [false, true]);
  const client = await ChatClient.connect(options);
  const last = client.token!;
  using thief = await dial(server.address.port);
  await thief.send("connect", { protocol: 1, name: "ann", token: durable });
  assertEquals(await outcome(thief), "connected as ann");
  await client.logout();
  assertEquals([await isGood(last), await isGood(durable)], [false, false]);
  assertEquals(await outcome(thief), "logged_out");
  using late = await dial(server.address.port);
  await late.send("connect", { protocol: 1, name: "ann", token: durable });
  assertEquals(await outcome(late), "name_taken");
});

Deno.test("who overhears a link's id takes nobody's place with it", async () => {
  await using ann = await annsServer();
  const { code, linked } = await ann.client.link();
  const eve = await newKey();
  using wire = await dial(ann.port);
  const guessed = { ...makeLinkCode(), id: code.slice(0, 4) };
  const link = await proveLinkCode(guessed, "ann", eve.publicKey);
  await proveOver(wire, ann.port, "ann", eve, { connect: { link } });
  assertEquals(await outcome(wire), "link_refused");
  // The right one still works for who has it.
  const phone = { host: "127.0.0.1", port: ann.port, name: "ann", linkCode: code };
  await using _phone = await ChatClient.connect({ ...phone, key: await newKey() });
  await linked;
  assertEquals((await ann.client.keys("ann")).keys.some(({ key }) => key === eve.publicKey), false);
});

Deno.test("many who guess the password at once are looked at five times", async () => {
  let asked = 0;
  const isPassword = (password: string) => {
    asked++;
    return Promise.resolve(password === "geheim");
  };
  await using server = ChatServer.listen({ port: 0, isPassword });
  const guesses = Array.from({ length: 40 }, async (_, at) => {
    using wire = await dial(server.address.port);
    await wire.send("connect", { protocol: 1, name: "eve", password: `guess ${at}` });
    return await outcome(wire);
  });
  assertEquals(new Set(await Promise.all(guesses)), new Set(["wrong_password"]));
  assertEquals(asked, 5);
});

/** A step of somebody who knows the protocol and ann's public key, and not her private one. */
type Step = readonly [type: string, payload: Readonly<Record<string, unknown>>];

Deno.test("whatever comes in whatever order, nobody is ann without a proof, and the server goes on", async () => {
  await using ann = await annsServer();
  const { publicKey } = ann.key;
  const eve = await newKey();
  const hex = (digits: number) => "0123456789abcdef".repeat(16).slice(0, digits);
  const link = { id: "7K2Q", mac: hex(64) };
  const steps: readonly Step[] = [
    ["connect", { protocol: 1, name: "ann", key: publicKey }],
    ["connect", { protocol: 1, name: "ann", key: publicKey, link, token: hex(64) }],
    ["connect", { protocol: 1, name: "ann", key: eve.publicKey, link }],
    ["connect", { protocol: 1, name: "ann" }],
    ["connect", { protocol: 1, name: "eve", key: eve.publicKey }],
    ["connect", { protocol: 2, name: "ann", key: publicKey }],
    ["prove", { signature: hex(128) }],
    ["prove", { signature: hex(128), recipient: `age1${"q".repeat(58)}` }],
    ["prove", { signature: "short" }],
    ["sign", { name: "ann" }],
    ["sign", { name: "eve" }],
    ["sign", { name: "eve" }],
    ["keys", { name: "ann" }],
    ["link", { id: "7K2Q" }],
    ["endorse", { key: eve.publicKey, endorsement: hex(128) }],
    ["revoke", { key: publicKey }],
    ["token", {}],
    ["ping", { t: 1 }],
    ["join", { room: "lobby" }],
    ["private", { to: "ann", text: "hi", id: "1" }],
  ];
  let eves = 0;
  const play = async (story: readonly Step[]) => {
    using wire = await dial(ann.port);
    let nonce = hex(64);
    const names = new Set<string>();
    const pongs = new Map<number, () => void>();
    const reading = (async () => {
      for (let message = await wire.receive(); message !== undefined;) {
        if (message.type === "challenge") ({ nonce } = message.payload);
        if (message.type === "connect_ack") names.add(message.payload.name);
        if (message.type === "pong") pongs.get(message.payload.t)?.();
        message = await wire.receive();
      }
    })().catch(() => {});
    for (const [at, [type, payload]] of story.entries()) {
      try {
        if (type !== "sign") {
          await wire.send(type, payload);
          continue;
        }
        // What was asked before is answered then: the challenge is known.
        const answered = new Promise<void>((resolve) => pongs.set(at, resolve));
        await wire.send("ping", { t: at });
        await Promise.race([answered, reading]);
        const fields = { server: `plain:${ann.port}`, nonce, name: String(payload["name"]) };
        const text = proofText({ ...fields, key: eve.publicKey });
        await wire.send("prove", { signature: await eve.sign(text) });
      } catch {
        break;
      }
    }
    await wire.closeWrite().catch(() => {});
    await reading;
    assertEquals(names.has("ann"), false);
    if (names.has("eve")) eves++;
  };
  const story = fc.array(fc.constantFrom(...steps), { maxLength: 8 });
  // One of them leads to a connection, whatever the seed.
  const leading = steps.filter(([, { name }]) => name === "eve").slice(0, 2);
  await fc.assert(fc.asyncProperty(story, play), { numRuns: 500, examples: [[leading]] });
  assert(eves > 0, "the stories are none that lead to a connection");
  assertEquals((await ann.client.keys("ann")).keys.map(({ key }) => key), [publicKey]);
  assert(await ann.client.ping() >= 0);
});
