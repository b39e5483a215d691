import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import type { ChatEvent } from "../../client/events.ts";
import { KnownServers } from "../../client/known_servers.ts";
import { ProtocolError } from "../../codec/errors.ts";
import { deviceKey, generateKeyPair } from "../../identity/device_key.ts";
import { certificateFingerprint, makeCertificate } from "../../net/certificate.ts";
import { CertificateError } from "../../net/certificate_error.ts";
import { ChatServer, type ChatServerOptions } from "../../server/chat_server.ts";
import { fileSource } from "../../transfer/file_source.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import { turn } from "../support/fake_clock.ts";
import { openFileHouse } from "../support/file_house.ts";
import { noise, TempFolder } from "../support/temp.ts";
import { TlsRelay } from "../support/tls_relay.ts";
import { TEST_CERTIFICATE } from "../net/tls_pair.ts";

const FINGERPRINT = certificateFingerprint(TEST_CERTIFICATE.cert);
const PINNED = { fingerprint: FINGERPRINT };

/** A server that speaks TLS. */
function secureServer(): ChatServer {
  return ChatServer.listen({ port: 0, tls: TEST_CERTIFICATE });
}

/** Listens where another server did until now: the system gives a port back a turn later. */
async function listenAgain(options: ChatServerOptions): Promise<ChatServer> {
  for (;;) {
    try {
      return ChatServer.listen(options);
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
      await turn();
    }
  }
}

async function next<T extends ChatEvent["type"]>(client: ChatClient, type: T) {
  for await (const event of client.events) {
    if (event.type === type) return event as Extract<ChatEvent, { type: T }>;
  }
  throw new Error(`The events ended before any "${type}"`);
}

Deno.test("a chat over TLS is the same chat, and its files take the same trust", async () => {
  await using house = await openFileHouse({ server: { tls: TEST_CERTIFICATE } });
  assertEquals(house.server.fingerprint, FINGERPRINT);
  await using folder = new TempFolder();
  await using ann = await house.connect("ann", { tls: PINNED });
  await using bob = await house.connect("bob", { tls: PINNED });
  const bytes = noise(700_000);
  const [file] = await ann.upload([await fileSource(await folder.write("plan.bin", bytes))]);
  await ann.send("lobby", "the plan", { files: [file!.id] });
  const { payload } = await next(bob, "message");
  assertEquals(payload.text, "the plan");
  const saved = await bob.download(payload.files![0]!, new FolderInbox(folder.path));
  assertEquals(await Deno.readFile(folder.file(saved.savedAs)), bytes);
});

Deno.test("a client that knows the server's certificate says nothing to somebody in between", async () => {
  await using server = secureServer();
  await using relay = await TlsRelay.start(server.address);
  const options = { ...relay.address, name: "ann", room: "lobby", password: "the secret" };
  const error = await assertRejects(
    () => ChatClient.connect({ ...options, tls: PINNED }),
    CertificateError,
  );
  assertEquals([error.fault, error.fingerprint], ["not_pinned", relay.fingerprint]);
  const known = new KnownServers(undefined);
  await known.remember(relay.address, FINGERPRINT);
  const loud = await assertRejects(
    () => ChatClient.connect({ ...options, tls: known.trust }),
    CertificateError,
  );
  assertEquals(loud.fault, "changed");
  await assertRejects(() => ChatClient.connect({ ...options, tls: {} }), CertificateError);
  assertEquals(relay.read, "");
  // The relay works: who trusts it is read.
  await using careless = await ChatClient.connect({
    ...options,
    tls: { fingerprint: relay.fingerprint },
  });
  await careless.send("lobby", "overheard");
  assert(relay.read.includes("overheard") && relay.read.includes("the secret"));
});

Deno.test("a proof that somebody in between was given is worth nothing to the server behind", async () => {
  await using server = secureServer();
  await using relay = await TlsRelay.start(server.address);
  const key = await deviceKey(await generateKeyPair(false));
  const who = { name: "ann", room: "lobby", key };
  // It proves itself to whom it trusts, and names that one.
  const lured = { ...relay.address, ...who, tls: { fingerprint: relay.fingerprint } };
  const error = await assertRejects(() => ChatClient.connect(lured), ProtocolError);
  assertEquals(error.code, "wrong_proof");
  assertEquals(server.statistics.members, 0);
  await using ann = await ChatClient.connect({ ...server.address, ...who, tls: PINNED });
  await ann.send("lobby", "it is me");
});

Deno.test("a client whose server comes back with another certificate ends, and sends it nothing", async () => {
  const first = secureServer();
  const { address } = first;
  const client = await ChatClient.connect({ ...address, name: "ann", room: "lobby", tls: PINNED });
  await client.send("lobby", "before");
  await first.abort();
  const other = await makeCertificate();
  await using second = await listenAgain({ ...address, tls: other });
  const waiting = client.send("lobby", "not for everybody");
  const error = await assertRejects(() => client.closed, CertificateError);
  assertEquals(error.fingerprint, certificateFingerprint(other.cert));
  await assertRejects(() => waiting);
  assertEquals(second.statistics.members, 0);
});

Deno.test("a server that takes another certificate keeps who is there, and shows it to who comes", async () => {
  await using server = secureServer();
  await using ann = await ChatClient.connect({
    ...server.address,
    name: "ann",
    room: "lobby",
    tls: PINNED,
  });
  const other = await makeCertificate();
  server.changeCertificate(other);
  await using bob = await ChatClient.connect({
    ...server.address,
    name: "bob",
    room: "lobby",
    tls: { fingerprint: certificateFingerprint(other.cert) },
  });
  await bob.send("lobby", "hello");
  assertEquals((await next(ann, "message")).payload.text, "hello");
});

Deno.test("a client in the clear is told that the port speaks TLS, and the other way round", async () => {
  await using secure = secureServer();
  const error = await assertRejects(
    () => ChatClient.connect({ ...secure.address, name: "ann" }),
    ProtocolError,
  );
  assertEquals(error.code, "bad_frame");
  assert(error.message.includes("the other side speaks TLS"));
  await using plain = ChatServer.listen({ port: 0 });
  await assertRejects(
    () => ChatClient.connect({ ...plain.address, name: "ann", tls: PINNED }),
    Deno.errors.InvalidData,
    "does not speak TLS",
  );
});
