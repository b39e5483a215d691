import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { dial } from "../../net/tcp.ts";
import { writeAll } from "../../net/connection.ts";
import { hashText } from "../../transfer/hash.ts";
import { noise } from "../support/temp.ts";
import { FileHouse } from "./file_house.ts";

const encoder = new TextEncoder();
const PNG = "\x89PNG\r\n\x1a\n";

/** Sends these bytes as they are, and gives what comes back until `isEnough`, or the end. */
async function exchange(
  { web }: FileHouse,
  head: readonly string[],
  body: string | Uint8Array<ArrayBuffer>,
  isEnough: (text: string) => boolean = () => false,
) {
  const connection = await dial(web.address);
  const start = `${
    head.join("\r\n")
  }\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ann-token\r\n\r\n`;
  await writeAll(connection, encoder.encode(start));
  await writeAll(connection, typeof body === "string" ? encoder.encode(body) : body)
    .catch(() => {
      // It was refused in the middle.
    });
  const buffer = new Uint8Array(4_096);
  let got = "";
  while (!isEnough(got)) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) break;
    got += new TextDecoder().decode(buffer.subarray(0, count));
  }
  connection.close();
  return got;
}

Deno.test("PUT /api/files/NAME keeps what comes, and says what it is; GET gives it back", async () => {
  await using house = await FileHouse.open();
  for (const size of [0, 1, 70_000, 3_000_000]) {
    const bytes = noise(size);
    const file = await house.put("noise.bin", bytes);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    assertEquals([file.name, file.size, file.sha256], ["noise.bin", size, digest]);
    assertEquals(await house.store.find(file.id), file);
    const response = await house.fetch(house.pathOf(file), { token: null });
    assertEquals(response.headers.get("content-length"), String(size));
    assertEquals(await response.bytes(), bytes);
  }
});

Deno.test("PUT takes a body whose length is not told", async () => {
  await using house = await FileHouse.open();
  const body = new Blob(["hello ", "world\n"]).stream();
  assertEquals((await house.put("a.txt", body)).sha256, hashText("hello world\n"));
});

Deno.test("PUT needs somebody's token", async () => {
  await using house = await FileHouse.open();
  const init = { method: "PUT", body: "hello" };
  assertEquals(await house.ask("api/files/a", { ...init, token: null }), "401 unauthorized");
  assertEquals(await house.ask("api/files/a", { ...init, token: "guess" }), "401 unauthorized");
  const basic = { authorization: "Basic YW5uOnRva2Vu" };
  const response = await house.fetch("api/files/a", { ...init, token: null, headers: basic });
  assertEquals([response.status, response.headers.get("www-authenticate")], [401, "Bearer"]);
  await response.body?.cancel();
  assertEquals(house.test.names, []);
});

Deno.test("no other site's page brings or fetches a file, nor does a name that was pointed here", async () => {
  await using house = await FileHouse.open();
  const file = await house.put("a.txt", "hello");
  const path = house.pathOf(file);
  const statusOf = async (path: string, init: RequestInit) =>
    (await house.ask(path, init)).split(" ")[0];
  for (const origin of ["https://evil.example", "null", "http://127.0.0.1:1"]) {
    const headers = { origin };
    assertEquals(await statusOf("api/files/b", { method: "PUT", body: "b", headers }), "403");
    assertEquals(await statusOf("api/uploads", { method: "POST", headers }), "403");
    assertEquals(await statusOf(`api/uploads/${file.id}`, { method: "DELETE", headers }), "403");
    assertEquals(await statusOf(path, { headers }), "403");
  }
  const own = { origin: house.web.url.slice(0, -1) };
  assertEquals(await statusOf("api/files/b", { method: "PUT", body: "b", headers: own }), "201");
  const head = ["PUT /api/files/c HTTP/1.1", "Content-Length: 1", "Connection: close"];
  const evil = await exchange(house, [...head, "Host: evil.example"], "c");
  assertMatch(evil, /^HTTP\/1.1 (400|421) /);
  assertEquals(house.test.names.length, 2);
});

Deno.test("a digest in Repr-Digest or Content-Digest is compared", async () => {
  await using house = await FileHouse.open();
  const digest = Uint8Array.fromHex(hashText("hello")).toBase64();
  const put = (header: string, value: string) =>
    house.ask("api/files/a", { method: "PUT", body: "hello", headers: { [header]: value } });
  assertMatch(await put("repr-digest", `sha-256=:${digest}:`), /^201/);
  assertMatch(await put("content-digest", `md5=:aaaa:, sha-256=:${digest}:`), /^201/);
  assertMatch(await put("repr-digest", "unixsum=:AAA=:"), /^201/);
  const other = Uint8Array.fromHex(hashText("other")).toBase64();
  assertEquals(await put("repr-digest", `sha-256=:${other}:`), "400 hash_mismatch");
  assertEquals(await put("repr-digest", "sha-256=:!:"), "400 invalid_message");
  assertEquals(await put("content-range", "bytes 0-4/10"), "400 invalid_message");
  assertEquals(await put("content-encoding", "gzip"), "400 invalid_message");
  assertEquals(house.test.names.length, 3);
});

Deno.test("a body over the limit is refused before it is read, or as it passes it", async () => {
  await using house = await FileHouse.open({ maxFileBytes: 1_000, maxBytesPerName: 1_500 });
  const put = "PUT /api/files/a HTTP/1.1";
  const isAnswered = (text: string) => text.includes("}");
  const early = await exchange(house, [put, "Content-Length: 1001"], "", isAnswered);
  assertMatch(early, /^HTTP\/1.1 413 [^]*too_large/);
  const chunked = `400\r\n${"x".repeat(1_024)}\r\n`;
  const late = await exchange(house, [put, "Transfer-Encoding: chunked"], chunked, isAnswered);
  assertMatch(late, /^HTTP\/1.1 413 [^]*too_large/);
  await house.put("a", "x".repeat(1_000));
  const over = await exchange(house, [put, "Content-Length: 501"], "", isAnswered);
  assertMatch(over, /^HTTP\/1.1 403 [^]*quota_exceeded/);
  assertEquals(house.test.names.length, 1);
});

Deno.test("an upload whose connection breaks leaves nothing", async () => {
  await using house = await FileHouse.open();
  const connection = await dial(house.web.address);
  const text =
    "PUT /api/files/a HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ann-token\r\n" +
    "Content-Length: 100\r\n\r\nhello";
  await writeAll(connection, encoder.encode(text));
  await house.test.folder.until(() => house.test.names.length === 1);
  connection.close();
  await house.test.folder.until(() => house.test.names.length === 0);
  assertEquals(house.store.used, { bytes: 0, files: 0 });
});

Deno.test("a body of unknown length whose connection breaks is no file", async () => {
  await using house = await FileHouse.open();
  const { folder } = house.test;
  const connection = await dial(house.web.address);
  const text =
    "PUT /api/files/a HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ann-token\r\n" +
    "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
  await writeAll(connection, encoder.encode(text));
  await folder.until(() =>
    house.test.names.some((name) => Deno.statSync(folder.file(name)).size > 0)
  );
  connection.close();
  await folder.until(() => house.test.names.length === 0);
});

Deno.test("an upload that stalls, or is too slow, is ended after 30 s; one that comes is not", async () => {
  await using house = await FileHouse.open();
  const { clock, folder } = house.test;
  const lines = ["PUT /api/files/a HTTP/1.1", "Content-Length: 100000"];
  // To the end of the connection.
  const connection = exchange(house, lines, "hello");
  await folder.until(() =>
    house.test.names.some((name) => Deno.statSync(folder.file(name)).size > 0)
  );
  await clock.advanceAsync(29_000);
  assertEquals(house.test.names.length, 1);
  await clock.advanceAsync(1_000);
  assertMatch(await connection, /^HTTP\/1.1 408 [^]*upload_too_slow/);
  assertEquals(house.test.names, []);
});

Deno.test("of one person 8 bodies are read at once; another one is told to try later", async () => {
  await using house = await FileHouse.open();
  const stop = new AbortController();
  const stalled = () => {
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(encoder.encode("hello")),
    });
    return house.fetch("api/files/a", { method: "PUT", body, signal: stop.signal })
      .then((response) => response.body?.cancel(), () => {});
  };
  const begun = Array.from({ length: 8 }, stalled);
  await house.test.folder.until(() => house.test.names.length === 8);
  const init = { method: "PUT", body: "hello" };
  assertEquals(await house.ask("api/files/a", init), "429 too_many_uploads");
  assertMatch(await house.ask("api/files/a", { ...init, token: "bob-token" }), /^201/);
  stop.abort();
  await Promise.all(begun);
  await house.test.folder.until(() => house.test.names.length === 1);
  assertMatch(await house.ask("api/files/a", init), /^201/);
});

Deno.test("an upload is told when the server stops, and what has come of a resumable one is kept", async () => {
  await using house = await FileHouse.open();
  const lines = ["PUT /api/files/a HTTP/1.1", "Content-Length: 100000"];
  const answer = exchange(house, lines, "hello", (text) => text.includes("}"));
  await house.test.folder.until(() => house.test.names.length === 1);
  await house.store.close();
  assertMatch(await answer, /^HTTP\/1.1 503 [^]*shutdown/);
});

Deno.test("a file is served as what it is, and nothing in it can run", async () => {
  await using house = await FileHouse.open();
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
  for (
    const [name, content, type, kind] of [
      ["a.png", PNG, "image/png", "inline"],
      ["a.html", "<script>alert(1)</script>", "text/plain; charset=utf-8", "attachment"],
      ["a.svg", svg, "text/plain; charset=utf-8", "attachment"],
      ["a.png", svg, "text/plain; charset=utf-8", "attachment"],
      ["a.pdf", "%PDF-1.7", "application/pdf", "attachment"],
      ["a.exe", "MZ\0\0", "application/octet-stream", "attachment"],
    ] as const
  ) {
    const file = await house.put(name, Uint8Array.from(content, (c) => c.charCodeAt(0)));
    const { headers, body } = await house.fetch(house.pathOf(file), { token: null });
    await body?.cancel();
    const get = (header: string) => headers.get(header);
    assertEquals(get("content-type"), type, name);
    assertMatch(get("content-disposition")!, new RegExp(`^${kind}; filename="${name}"; `), name);
    assertEquals(get("x-content-type-options"), "nosniff");
    assertStringIncludes(get("content-security-policy")!, "default-src 'none'");
    assertStringIncludes(get("content-security-policy")!, "sandbox");
    assertEquals(get("cross-origin-resource-policy"), "same-origin");
    assertMatch(get("cache-control")!, /^private, .*immutable/);
  }
});

Deno.test("any name is a header, and no header more", async () => {
  await using house = await FileHouse.open();
  for (
    const [name, header] of [
      ["plain.txt", `filename="plain.txt"; filename*=UTF-8''plain.txt`],
      [`a"b'c%d.txt`, `filename="a_b'c_d.txt"; filename*=UTF-8''a%22b%27c%25d.txt`],
      [
        "größe 漢 🐢",
        `filename="gr__e _ _"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%E6%BC%A2%20%F0%9F%90%A2`,
      ],
      [
        `"; x="<script>`,
        `filename="_; x=_<script>"; filename*=UTF-8''%22%3B%20x%3D%22%3Cscript%3E`,
      ],
    ] as const
  ) {
    const file = await house.put(name, "x");
    assertEquals(file.name, name);
    const response = await house.fetch(house.pathOf(file), { token: null });
    await response.body?.cancel();
    assertEquals(response.headers.get("content-disposition"), `attachment; ${header}`);
  }
});

Deno.test("paths that are no file's find nothing, whatever they try", async () => {
  await using house = await FileHouse.open();
  const { id } = await house.put("a.txt", "hello");
  await house.test.folder.write("secret", "secret");
  for (
    const path of [
      `files/${id}`,
      `files/${id}/`,
      `files/${id}/b.txt`,
      `files/${id}/a.txt/`,
      `files/${id.toUpperCase()}x/a.txt`,
      `files/secret/secret`,
      `files/..%2fsecret/secret`,
      `files/%2e%2e/${id}`,
      `files/${id}/..%2f..%2fsecret`,
      `files/${id}%00/a.txt`,
      `files//a.txt`,
      "files/__proto__/constructor",
    ]
  ) assertMatch(await house.ask(path), /^404/, path);
  for (
    const name of ["..", "%2e%2e", "a%2fb", "..%2fa", "%5c..%5ca", "a%00", "a%0d%0aX-Evil:%201"]
  ) {
    const answer = await house.ask(`api/files/${name}`, { method: "PUT", body: "x" });
    assertMatch(answer, /^40[045]/, name);
  }
  assertEquals(house.test.names.toSorted(), [id, "secret"].toSorted());
});

Deno.test("GET answers with the bytes that Range asks for", async () => {
  await using house = await FileHouse.open();
  const file = await house.put("a.txt", "0123456789");
  const range = async (range: string, more: Record<string, string> = {}) => {
    const headers = { range, ...more };
    const response = await house.fetch(house.pathOf(file), { token: null, headers });
    const header = response.headers.get("content-range");
    return `${response.status} ${await response.text()} ${header ?? ""}`.trim();
  };
  assertEquals(await range("bytes=0-3"), "206 0123 bytes 0-3/10");
  assertEquals(await range("bytes=7-"), "206 789 bytes 7-9/10");
  assertEquals(await range("bytes=9-99"), "206 9 bytes 9-9/10");
  assertEquals(await range("bytes=-3"), "206 789 bytes 7-9/10");
  assertEquals(await range("bytes=-99"), "206 0123456789 bytes 0-9/10");
  assertMatch(await range("bytes=10-"), /^416 .*bytes \*\/10$/);
  assertMatch(await range("bytes=-0"), /^416 .*bytes \*\/10$/);
  for (const odd of ["bytes=3-1", "bytes=0-1,3-4", "bytes=-", "lines=1-2", "bytes=a-b"]) {
    assertEquals(await range(odd), "200 0123456789", odd);
  }
  const etag = `"${file.sha256}"`;
  assertEquals(await range("bytes=0-0", { "if-range": etag }), "206 0 bytes 0-0/10");
  assertEquals(await range("bytes=0-0", { "if-range": '"other"' }), "200 0123456789");
  assertEquals(await range("bytes=0-0", { "if-range": `W/${etag}` }), "200 0123456789");
});

Deno.test("GET says that nothing has changed, HEAD what GET would, and nothing is compressed on the way", async () => {
  await using house = await FileHouse.open();
  const file = await house.put("a.txt", "x".repeat(10_000));
  const get = async (headers: Record<string, string>, method = "GET") => {
    const response = await house.fetch(house.pathOf(file), { token: null, headers, method });
    return [response.status, (await response.text()).length] as const;
  };
  const etag = `"${file.sha256}"`;
  for (const tag of [etag, `W/${etag}`, `"a", ${etag}`, "*"]) {
    assertEquals(await get({ "if-none-match": tag }), [304, 0]);
  }
  assertEquals(await get({ "if-none-match": '"a"' }), [200, 10_000]);
  assertEquals(await get({}, "HEAD"), [200, 0]);
  const { headers, body } = await house.fetch(house.pathOf(file), {
    headers: { "accept-encoding": "gzip, br" },
  });
  await body?.cancel();
  assertEquals(headers.get("content-encoding"), null);
  assertEquals([headers.get("etag"), headers.get("content-length")], [etag, "10000"]);
});

Deno.test("a download that nobody takes is ended, and gives its file back", async () => {
  await using house = await FileHouse.open();
  const file = await house.put("noise", noise(20_000_000));
  const connection = await dial(house.web.address);
  const path = house.pathOf(file);
  await writeAll(connection, encoder.encode(`GET /${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`));
  const buffer = new Uint8Array(100_000);
  assert((await connection.read(buffer))! > 0);
  const { clock } = house.test;
  const during = clock.pending;
  // The system's buffers fill up first.
  for (let minutes = 0; clock.pending === during && minutes < 10; minutes++) {
    await clock.advanceAsync(60_000);
  }
  assertEquals(clock.pending, during - 1);
  // Half of it must not be taken for the whole, nor the next answer for the rest.
  let count: number | null = 0;
  while (count !== null) count = await connection.read(buffer).catch(() => null);
  connection.close();
});
