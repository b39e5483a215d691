import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { certificateFingerprint, makeCertificate } from "../../net/certificate.ts";
import { formatServerLink, parseServerLink } from "../../net/server_link.ts";
import { Program } from "../support/process.ts";
import { noise, TempFolder } from "../support/temp.ts";
import { TlsRelay } from "../support/tls_relay.ts";

/** A receiver that speaks TLS, with the permissions that its users give it. */
async function startReceiver(out: string, args: readonly string[] = []) {
  const receiver = Program.start(
    "transfer/receive.ts",
    ["--port", "0", "--out", out, ...args],
    {
      deno: [
        "-P=receive",
        `--allow-read=${out}`,
        `--allow-write=${out}`,
        "--allow-net=0.0.0.0,127.0.0.1",
      ],
    },
  );
  const [, host] = await receiver.line(/^transfer listening on (\S+):\d+ \(TLS\)$/);
  const [, link] = await receiver.line(/--to (\S+)$/, "stderr");
  const { port, fingerprint, host: told } = parseServerLink(link!);
  return {
    receiver,
    host,
    told,
    port,
    fingerprint,
    /** The line that the other machine is given, for this machine. */
    link: formatServerLink({ host: "127.0.0.1", port, fingerprint }),
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}

function startSender(from: string, args: readonly string[]): Program {
  return Program.start("transfer/send.ts", args, {
    deno: ["-P=send", `--allow-read=${from}`],
    cwd: from,
  });
}

Deno.test("a receiver that others can reach speaks TLS, and prints the one line that its sender needs", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const bytes = noise(3_000_000);
  await from.write("plan.bin", bytes);
  await using receiver = await startReceiver(out.path, ["--host", "0.0.0.0", "--once"]);
  assertEquals(receiver.host, "0.0.0.0");
  // An address of this machine that others can reach, where it has one.
  assertMatch(receiver.told, /^(\d+\.){3}\d+$/);
  await using sender = startSender(from.path, ["plan.bin", "--to", receiver.link]);
  const { code, stdout } = await sender.finish();
  assertEquals(code, 0, sender.transcript);
  assertMatch(stdout[0]!, /^sent plan\.bin as recv-plan\.bin 3000000 bytes sha256=/);
  assertEquals((await receiver.receiver.finish()).code, 0);
  assertEquals(await Deno.readFile(out.file("recv-plan.bin")), bytes);
});

Deno.test("a receiver's line is told to scripts too, and drawn as a QR code", async () => {
  await using out = new TempFolder();
  const args = ["--port", "0", "--out", out.path, "--tls", "--qr", "--json"];
  await using receiver = Program.start("transfer/receive.ts", args);
  const [line] = await receiver.line(/^\{.*"listening".*$/);
  const { payload } = JSON.parse(line);
  const { host, port, fingerprint } = parseServerLink(payload.link);
  assertEquals({ host, port, fingerprint, link: payload.link }, payload);
  await receiver.line(/^█▀▀▀▀▀▀▀█/, "stderr");
});

Deno.test("a sender says nothing to somebody in between, nor to a receiver that nobody named", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  await from.write("secret.txt", "the secret");
  await using receiver = await startReceiver(out.path, ["--tls"]);
  const { port, fingerprint } = receiver;
  await using relay = await TlsRelay.start({ host: "127.0.0.1", port });
  const lured = formatServerLink({ ...relay.address, fingerprint });
  for (
    const args of [
      ["--to", lured],
      ["--port", `${relay.address.port}`, "--fingerprint", fingerprint],
      ["--port", `${relay.address.port}`, "--tls"],
    ]
  ) {
    await using sender = startSender(from.path, ["secret.txt", ...args]);
    const { code, stderr } = await sender.finish();
    assertEquals(code, 1, args.join(" "));
    assertStringIncludes(stderr.join("\n"), "nothing was sent");
  }
  assertEquals(relay.read, "");
  assertEquals(out.names(), []);
  // The relay works: who trusts it is read.
  const careless = formatServerLink({ ...relay.address, fingerprint: relay.fingerprint });
  await using sender = startSender(from.path, ["secret.txt", "--to", careless]);
  assertEquals((await sender.finish()).code, 0, sender.transcript);
  assert(relay.read.includes("the secret"));
});

Deno.test("a sender goes on over TLS where the connection broke", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const bytes = noise(30_000_000);
  await from.write("big.bin", bytes);
  await using receiver = await startReceiver(out.path, ["--tls"]);
  const certificate = await makeCertificate();
  const to = { host: "127.0.0.1", port: receiver.port };
  await using relay = await TlsRelay.start(to, { certificate });
  const link = formatServerLink({
    ...relay.address,
    fingerprint: certificateFingerprint(certificate.cert),
  });
  const args = ["big.bin", "--to", link, "--limit-rate", "20M"];
  await using sender = startSender(from.path, args);
  while (relay.read.length < 2_000_000) await new Promise((resolve) => setTimeout(resolve, 5));
  relay.cut();
  await sender.line(/broke .*: try 1 of 10/, "stderr");
  const { code } = await sender.finish();
  assertEquals(code, 0, sender.transcript);
  assertEquals(await Deno.readFile(out.file("recv-big.bin")), bytes);
  assertEquals(out.names(), ["recv-big.bin"]);
});

Deno.test("a receiver keeps its certificate where it is told to, and each run has another one else", async () => {
  await using out = new TempFolder();
  const fingerprintOf = async (args: readonly string[]) => {
    await using receiver = await startReceiver(out.path, ["--tls", ...args]);
    return receiver.fingerprint;
  };
  const folder = out.file("tls");
  const kept = ["--tls-dir", folder];
  assertEquals(await fingerprintOf(kept), await fingerprintOf(kept));
  assert(await fingerprintOf([]) !== await fingerprintOf([]));
  for (const name of ["cert.pem", "key.pem"]) {
    assertEquals((await Deno.stat(`${folder}/${name}`)).mode! & 0o777, 0o600);
  }
});

Deno.test("a sender in the clear is told that the port speaks TLS", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  await from.write("a.txt", "a");
  await using receiver = await startReceiver(out.path, ["--tls"]);
  await using sender = startSender(from.path, ["a.txt", "--port", `${receiver.port}`]);
  const { code, stderr } = await sender.finish();
  assertEquals(code, 1);
  assertStringIncludes(stderr.join("\n"), "the other side speaks TLS");
  await receiver.receiver.line(/was refused: It speaks no TLS/, "stderr");
});
