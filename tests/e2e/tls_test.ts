import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import { certificateFingerprint, makeCertificate } from "../../net/certificate.ts";
import { dialTls } from "../../net/tls_dial.ts";
import { openTerminal } from "../support/client_terminal.ts";
import { Program } from "../support/process.ts";
import { TempFolder } from "../support/temp.ts";
import { TlsRelay } from "../support/tls_relay.ts";

const HEX_LINES = /^ {2}((?:[0-9a-f]{4} ?){8})$/;

/** What a server has printed of its newest certificate. */
function printedFingerprint(server: Program): string {
  const lines = server.lines.stderr.flatMap((line) => HEX_LINES.exec(line)?.[1] ?? []);
  return lines.slice(-2).join("").replaceAll(" ", "");
}

/** A server that speaks TLS, in a folder, with the permissions that its users give it. */
async function startServer(data: string, args: readonly string[] = []) {
  const server = Program.start(
    "server.ts",
    ["--port", "0", "--web-port", "0", "--data", data, "--log-level", "warning", ...args],
    {
      deno: [
        "-P=server",
        `--allow-read=${data}`,
        `--allow-write=${data}`,
        "--allow-net=0.0.0.0,127.0.0.1",
      ],
    },
  );
  const [, host, port] = await server.line(/^chat listening on (\S+):(\d+) \(TLS\)$/);
  const [, web] = await server.line(/^web listening on (https:\S+)$/);
  return {
    server,
    host,
    port: Number(port),
    web: web!,
    fingerprint: printedFingerprint(server),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Says a line off a terminal. */
function say(port: number, args: readonly string[] = []): Program {
  const client = Program.start("client.ts", ["--port", `${port}`, ...args], { stdin: true });
  client.write("hello\n").catch(() => {});
  return client;
}

Deno.test("a server that others can reach speaks TLS by itself, and a person in a terminal is asked once", async () => {
  await using temp = new TempFolder();
  await using server = await startServer(temp.file("data"), ["--host", "0.0.0.0"]);
  const { port, fingerprint } = server;
  assertEquals(server.host, "0.0.0.0");
  assertMatch(fingerprint, /^[0-9a-f]{64}$/);
  {
    await using terminal = openTerminal(temp, { port }, "ann", { more: "--tls" });
    await terminal.untilLine("is not known here");
    await terminal.untilLine("(yes/no)");
    const shown = terminal.text.replaceAll(/\s/g, "");
    assert(shown.includes(fingerprint), terminal.text);
    await terminal.type("maybe\r");
    await terminal.untilLine("Please answer yes or no");
    await terminal.type("yes\r");
    await terminal.untilLine("known from now on");
    await terminal.untilLine("lobby");
    await terminal.type("/quit\r");
    assertEquals(await terminal.ended(), 0);
  }
  const known = temp.file("config-ann/known_servers");
  assertStringIncludes(await Deno.readTextFile(known), `127.0.0.1:${port} ${fingerprint}\n`);
  assertEquals((await Deno.stat(known)).mode! & 0o777, 0o600);
  // Known to speak TLS, it is never spoken to in the clear again, though this machine's servers are.
  await using again = openTerminal(temp, { port }, "ann");
  await again.untilLine("lobby");
  assert(!again.text.includes("yes/no"), again.text);
  await again.type("/quit\r");
  assertEquals(await again.ended(), 0);
});

Deno.test("in a terminal a server of this machine that speaks TLS is spoken to so without being told", async () => {
  await using temp = new TempFolder();
  await using server = await startServer(temp.file("data"), ["--tls"]);
  await using terminal = openTerminal(temp, server, "ann");
  await terminal.untilLine("(yes/no)");
  assert(terminal.text.replaceAll(/\s/g, "").includes(server.fingerprint), terminal.text);
  await terminal.type("yes\r");
  await terminal.untilLine("You are in lobby");
});

Deno.test("a person who does not say yes is not connected, and nothing is remembered", async () => {
  await using temp = new TempFolder();
  await using server = await startServer(temp.file("data"), ["--tls"]);
  await using terminal = openTerminal(temp, server, "ann", { more: "--tls" });
  await terminal.untilLine("(yes/no)");
  await terminal.type("no\r");
  assertEquals(await terminal.ended(), 1);
  assertStringIncludes(terminal.text, "is not trusted, and nothing was sent to it");
  await assertRejects(() => Deno.stat(temp.file("config-ann/known_servers")), Deno.errors.NotFound);
});

Deno.test("off a terminal an unknown server is refused, one with the fingerprint given is not", async () => {
  await using temp = new TempFolder();
  await using server = await startServer(temp.file("data"), ["--tls"]);
  const { port, fingerprint } = server;
  await using unknown = say(port, ["--tls"]);
  const refused = await unknown.finish();
  assertEquals(refused.code, 1);
  assertStringIncludes(refused.stderr.join(""), "is not known here");
  await using fine = say(port, ["--fingerprint", fingerprint.toUpperCase()]);
  assertEquals((await fine.finish()).code, 0);
  const other = certificateFingerprint((await makeCertificate()).cert);
  await using wrong = say(port, ["--fingerprint", other]);
  assertEquals((await wrong.finish()).code, 1);
  await using clear = say(port);
  const { code, stderr } = await clear.finish();
  assertEquals(code, 1);
  assertStringIncludes(stderr.join(""), "this port speaks TLS: add --tls");
});

Deno.test("a fingerprint of the wrong shape, and options that contradict each other, are exit 2", async () => {
  const wrong: readonly (readonly [string, ...string[]])[] = [
    ["client.ts", "--fingerprint", "abc"],
    ["client.ts", "--no-tls", "--tls"],
    ["token.ts", "bob", "--no-tls", "--fingerprint", "0".repeat(64)],
    ["transfer/send.ts", "x", "--fingerprint", "0".repeat(63)],
    ["transfer/send.ts", "x", "--to", "parley:1.2.3.4:5#abc"],
    ["transfer/send.ts", "x", "--plain", "--tls"],
    ["server.ts", "--tls", "--plain"],
    ["server.ts", "--cert", "x.pem"],
    ["transfer/receive.ts", "--qr"],
  ];
  for (const [file, ...args] of wrong) {
    await using program = Program.start(file, args);
    const { code, stderr } = await program.finish();
    assertEquals([code, stderr.length], [2, 1], `${file} ${args.join(" ")}: ${program.transcript}`);
  }
});

Deno.test("a changed certificate is refused loudly, until the server is forgotten", async () => {
  await using temp = new TempFolder();
  await using server = await startServer(temp.file("data"), ["--tls"]);
  await using relay = await TlsRelay.start({ host: "127.0.0.1", port: server.port });
  const config = temp.file("config");
  const { port } = relay.address;
  // As if the server had been where the relay is now.
  await Deno.mkdir(config);
  await Deno.writeTextFile(
    `${config}/known_servers`,
    `127.0.0.1:${port} ${server.fingerprint}\n`,
  );
  const args = ["--name", "ann", "--config", config];
  // Without --tls: who is known to speak it is not asked whether it does.
  await using refused = say(port, args);
  const { code, stderr } = await refused.finish();
  assertEquals(code, 1);
  const text = stderr.join("\n");
  assertStringIncludes(text, `THE CERTIFICATE OF 127.0.0.1:${port} HAS CHANGED`);
  const compact = text.replaceAll(" ", "");
  assert(compact.includes(server.fingerprint) && compact.includes(relay.fingerprint), text);
  assertStringIncludes(text, `${config}/known_servers`);
  assertEquals(relay.read, "");
  await using forgotten = say(port, [...args, "--tls", "--forget-server"]);
  const asked = await forgotten.finish();
  assertStringIncludes(asked.stderr.join("\n"), "is not known here");
});

Deno.test("a server that is known is not spoken to in the clear, whoever answers there now", async () => {
  await using temp = new TempFolder();
  await using plain = Program.start("server.ts", ["--port", "0", "--no-web", "--memory"]);
  const [, port] = await plain.line(/^chat listening on 127\.0\.0\.1:(\d+)$/);
  const config = temp.file("config");
  await Deno.mkdir(config);
  const { cert } = await makeCertificate();
  await Deno.writeTextFile(
    `${config}/known_servers`,
    `127.0.0.1:${port} ${certificateFingerprint(cert)}\n`,
  );
  const args = ["--name", "ann", "--config", config];
  await using down = say(Number(port), args);
  const { code, stderr } = await down.finish();
  assertEquals(code, 1);
  assertStringIncludes(stderr.join(""), "does not speak TLS");
  assertStringIncludes(stderr.join(""), "--no-tls");
  await using meant = say(Number(port), [...args, "--no-tls"]);
  assertEquals((await meant.finish()).code, 0);
});

Deno.test("the certificate stays over restarts, in files of its owner's", async () => {
  await using temp = new TempFolder();
  const data = temp.file("data");
  let before: string;
  {
    await using server = await startServer(data, ["--tls"]);
    before = server.fingerprint;
  }
  for (const name of ["cert.pem", "key.pem"]) {
    assertEquals((await Deno.stat(`${data}/tls/${name}`)).mode! & 0o777, 0o600);
  }
  await using server = await startServer(data, ["--tls"]);
  assertEquals(server.fingerprint, before);
});

Deno.test("SIGHUP takes the new certificate, on both ports, and keeps the old one where the new is bad", async () => {
  await using temp = new TempFolder();
  const [first, second] = await Promise.all([makeCertificate(), makeCertificate()]);
  const [cert, key] = [temp.file("cert.pem"), temp.file("key.pem")];
  const write = async (one: string, other: string) => {
    await Deno.writeTextFile(cert, one);
    await Deno.writeTextFile(key, other);
  };
  await write(first.cert, first.key);
  await using server = await startServer(temp.path, ["--cert", cert, "--key", key]);
  const address = { host: "127.0.0.1", port: server.port };
  const trust = { fingerprint: certificateFingerprint(second.cert) };
  assertEquals(server.fingerprint, certificateFingerprint(first.cert));
  await using ann = await ChatClient.connect({
    ...address,
    name: "guest-ann",
    room: "lobby",
    tls: { fingerprint: server.fingerprint },
  });
  // The key is not the new certificate's yet.
  await write(second.cert, first.key);
  server.server.kill("SIGHUP");
  const [said] = await server.server.line(/^.*The certificate of before stays$/, "stderr");
  assertStringIncludes(said, "The private key is not the certificate's");
  (await dialTls({ ...address, trust: { fingerprint: server.fingerprint } })).close();
  await write(second.cert, second.key);
  server.server.kill("SIGHUP");
  await server.server.line(/took the certificate anew/, "stderr");
  const webPort = Number(new URL(server.web).port);
  for (const port of [server.port, webPort]) {
    (await dialTls({ host: "127.0.0.1", port, trust })).close();
  }
  // Who was there is not disturbed.
  await ann.send("lobby", "still here");
});

Deno.test("--plain where others can connect warns, and speaks no TLS", async () => {
  const args = ["--host", "0.0.0.0", "--port", "0", "--web-port", "0", "--memory", "--plain"];
  await using server = Program.start("server.ts", args);
  await server.line(/^chat listening on 0\.0\.0\.0:\d+$/);
  await server.line(/^web listening on http:/);
  const warnings = server.lines.stderr.filter((line) => line.includes("--plain"));
  assertEquals(warnings, [
    "server.ts: --plain on 0.0.0.0: everything goes in the clear, and who is between can read and change it",
  ]);
});

Deno.test("a certificate that cannot be used is told at the start, without any of the key", async () => {
  await using temp = new TempFolder();
  const { cert, key } = await makeCertificate();
  const certPath = await temp.write("cert.pem", cert);
  const keyPath = await temp.write("key.pem", key.replace("BEGIN PRIVATE", "BEGIN BROKEN"));
  await using server = Program.start("server.ts", [
    ...["--port", "0", "--no-web", "--memory", "--cert", certPath, "--key", keyPath],
  ]);
  const { code, stderr } = await server.finish();
  assertEquals(code, 1);
  assertMatch(stderr.join("\n"), /^server\.ts: Cannot use the certificate .*private key/m);
  assert(!stderr.join("\n").includes(key.split("\n")[1]!.slice(0, 20)));
});
