import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { Upload, type UploadOptions } from "tus-js-client";
import { dial } from "../../net/tcp.ts";
import { writeAll } from "../../net/connection.ts";
import type { SharedFile } from "../../protocol/chat.ts";
import { noise } from "../support/temp.ts";
import { FileHouse } from "./file_house.ts";

const TUS = { "tus-resumable": "1.0.0" };
const BODY = { "content-type": "application/offset+octet-stream" };

/** What a client says of a file's name. */
function named(name: string): Record<string, string> {
  const base64 = new TextEncoder().encode(name).toBase64();
  return { "upload-metadata": `filetype aW1hZ2UvcG5n,filename ${base64}` };
}

async function create(house: FileHouse, size: number, more: Record<string, string> = {}) {
  const headers = { ...TUS, ...named("noise"), "upload-length": String(size), ...more };
  const response = await house.fetch("api/uploads", { method: "POST", headers });
  await response.body?.cancel();
  assertEquals(response.status, 201);
  return response.headers.get("location")!.slice(1);
}

function patch(
  house: FileHouse,
  path: string,
  offset: number,
  body: BodyInit,
  more: Record<string, string> = {},
) {
  const headers = { ...TUS, ...BODY, "upload-offset": String(offset), ...more };
  return house.fetch(path, { method: "PATCH", headers, body });
}

/** Status, offset, length and file of an upload. */
async function stateOf(house: FileHouse, path: string, token?: string): Promise<string> {
  const { status, headers } = await house.fetch(path, {
    method: "HEAD",
    headers: TUS,
    ...token && { token },
  });
  const told = ["upload-offset", "upload-length", "parley-file"].map((name) => headers.get(name));
  return [status, ...told.filter((value) => value !== null)].join(" ");
}

Deno.test("OPTIONS says which tus is spoken", async () => {
  await using house = await FileHouse.open({ maxFileBytes: 1_000 });
  const { status, headers } = await house.fetch("api/uploads", { method: "OPTIONS", token: null });
  assertEquals(status, 204);
  assertEquals(headers.get("tus-version"), "1.0.0");
  assertEquals(headers.get("tus-max-size"), "1000");
  assertEquals(
    headers.get("tus-extension"),
    "creation,creation-with-upload,expiration,termination",
  );
});

Deno.test("an upload comes in several requests, and the last one tells the file", async () => {
  await using house = await FileHouse.open();
  const bytes = noise(200_000);
  const path = await create(house, bytes.length);
  assertEquals(await stateOf(house, path), "200 0 200000");
  const first = await patch(house, path, 0, bytes.subarray(0, 70_000));
  assertEquals([first.status, first.headers.get("upload-offset")], [204, "70000"]);
  assertMatch(first.headers.get("upload-expires")!, /GMT$/);
  assertEquals(await stateOf(house, path), "200 70000 200000");
  const last = await patch(house, path, 70_000, bytes.subarray(70_000));
  assertEquals([last.status, last.headers.get("upload-offset")], [204, "200000"]);
  const id = last.headers.get("parley-file")!;
  const file = (await house.store.find(id))!;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  assertEquals([file.name, file.size, file.sha256], ["noise", 200_000, digest]);
  assertEquals(last.headers.get("content-location"), `/files/${id}/noise`);
  // Where that answer was lost.
  assertEquals(await stateOf(house, path), `200 200000 200000 ${id}`);
  const again = await house.fetch(path, { headers: TUS });
  assertEquals(await again.json(), file);
});

Deno.test("the last request is answered with the file itself where JSON is accepted", async () => {
  await using house = await FileHouse.open();
  const path = await create(house, 5);
  const answer = await patch(house, path, 0, "hello", { accept: "application/json" });
  assertEquals(answer.status, 200);
  const file: SharedFile = await answer.json();
  assertEquals(file, await house.store.find(answer.headers.get("parley-file")!));
});

Deno.test("a file may come with its creation; an empty one is there at once", async () => {
  await using house = await FileHouse.open();
  const post = (size: number, body: BodyInit | null, more: Record<string, string>) =>
    house.fetch("api/uploads", {
      method: "POST",
      headers: { ...TUS, ...named("größe.txt"), "upload-length": String(size), ...more },
      body,
    });
  const whole = await post(5, "hello", BODY);
  assertEquals([whole.status, whole.headers.get("upload-offset")], [201, "5"]);
  assertEquals((await whole.json()).name, "größe.txt");
  const empty = await post(0, null, {});
  assertEquals([empty.status, (await empty.json()).size], [201, 0]);
  const half = await post(10, "hello", BODY);
  assertEquals([half.status, half.headers.get("upload-offset")], [201, "5"]);
  assertEquals(half.headers.get("parley-file"), null);
  await half.body?.cancel();
});

Deno.test("an interrupted PATCH keeps what has come, also when the server is started anew", async () => {
  await using house = await FileHouse.open();
  const path = await create(house, 100);
  const connection = await dial(house.web.address);
  const head = `PATCH /${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ann-token\r\n` +
    "Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Length: 100\r\n" +
    "Content-Type: application/offset+octet-stream\r\n\r\n";
  await writeAll(connection, new TextEncoder().encode(head + "x".repeat(40)));
  const data = house.test.folder.file(path.split("/").at(-1)!);
  await house.test.folder.until(() => Deno.statSync(data).size === 40);
  // The connection is not known to be dead.
  assertEquals(await stateOf(house, path), "200 40 100");
  await house.restart();
  connection.close();
  assertEquals(await stateOf(house, path), "200 40 100");
  const last = await patch(house, path, 40, "y".repeat(60), { accept: "application/json" });
  const file: SharedFile = await last.json();
  const response = await house.fetch(house.pathOf(file));
  assertEquals(await response.text(), "x".repeat(40) + "y".repeat(60));
});

Deno.test("what a PATCH is answered for is there after a crash: it is on disk for certain", async () => {
  await using house = await FileHouse.open();
  const path = await create(house, 100);
  const answer = await patch(house, path, 0, "x".repeat(40));
  assertEquals([answer.status, answer.headers.get("upload-offset")], [204, "40"]);
  // What a crash in this moment leaves: nothing that is written later.
  const note = house.test.folder.file(`${path.split("/").at(-1)!}.json`);
  assertEquals(Deno.readTextFileSync(note).split("\n").slice(1), ['{"keptBytes":40}', ""]);
});

Deno.test("an upload whose last byte had come when the server stopped is a file when somebody asks", async () => {
  await using house = await FileHouse.open();
  const path = await create(house, 5);
  const upload = await house.store.resume("ann", path.split("/").at(-1)!);
  upload.write(new TextEncoder().encode("hello"));
  await house.restart();
  assertEquals(await stateOf(house, path), `200 5 5 ${upload.id}`);
  assertEquals((await house.store.find(upload.id))?.type, "text/plain");
});

Deno.test("what does not follow the protocol is refused as that says", async () => {
  await using house = await FileHouse.open({ maxFileBytes: 1_000 });
  const path = await create(house, 100);
  const ask = async (
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string,
  ) => Number((await house.ask(path, { method, headers, ...body && { body } })).split(" ")[0]);
  const length = { "upload-length": "10" };
  assertEquals(await ask("POST", "api/uploads", { ...named("a"), ...length }), 412);
  assertEquals(await ask("POST", "api/uploads", { ...TUS, ...named("a") }), 400);
  assertEquals(
    await ask("POST", "api/uploads", { ...TUS, ...named("a"), "upload-length": "-1" }),
    400,
  );
  assertEquals(await ask("POST", "api/uploads", { ...TUS, ...length }), 400);
  assertEquals(await ask("POST", "api/uploads", { ...TUS, ...length, ...named("../a") }), 400);
  assertEquals(
    await ask("POST", "api/uploads", { ...TUS, ...length, "upload-metadata": "filename !!" }),
    400,
  );
  const large = { "upload-length": "1001" };
  assertEquals(await ask("POST", "api/uploads", { ...TUS, ...named("a"), ...large }), 413);
  const zero = { "upload-offset": "0" };
  assertEquals(
    await ask("PATCH", path, { ...TUS, ...zero, "content-type": "text/plain" }, "x"),
    415,
  );
  assertEquals(await ask("PATCH", path, { ...TUS, ...BODY }, "x"), 400);
  assertEquals(await ask("PATCH", path, { ...BODY, ...zero }, "x"), 412);
  assertEquals(await ask("PATCH", path, { ...TUS, ...BODY, "upload-offset": "1" }, "x"), 409);
  assertEquals(await ask("PATCH", path, { ...TUS, ...BODY, ...zero }, "x".repeat(101)), 400);
  assertEquals(await ask("PATCH", "api/uploads/none", { ...TUS, ...BODY, ...zero }, "x"), 404);
  assertEquals(await ask("HEAD", "api/uploads/none", TUS), 404);
});

Deno.test("an offset that is not the upload's is refused before anything is read again", async () => {
  await using house = await FileHouse.open();
  const path = await create(house, 100);
  await (await patch(house, path, 0, "x".repeat(50))).body?.cancel();
  const bytes = `${house.test.folder.path}/${path.split("/").at(-1)}`;
  // Reading would fail.
  await Deno.rename(bytes, `${bytes}.away`);
  const { status, body } = await patch(house, path, 20, "x");
  await body?.cancel();
  await Deno.rename(`${bytes}.away`, bytes);
  assertEquals([status, await stateOf(house, path)], [409, "200 50 100"]);
});

Deno.test("an upload is its owner's: nobody else sees it, goes on with it or ends it", async () => {
  await using house = await FileHouse.open();
  const path = await create(house, 100);
  assertEquals(await stateOf(house, path, "bob-token"), "404");
  const bob = { token: "bob-token", headers: { ...TUS, ...BODY, "upload-offset": "0" } };
  assertEquals(await house.ask(path, { ...bob, method: "PATCH", body: "x" }), "404 unknown_file");
  assertEquals(await house.ask(path, { ...bob, method: "DELETE" }), "404 unknown_file");
  assertEquals(
    await house.ask(path, { method: "DELETE", headers: TUS, token: null }),
    "401 unauthorized",
  );
  assertEquals(await house.ask(path, { method: "DELETE", headers: TUS }), "204");
  assertEquals(await stateOf(house, path), "404");
  assertEquals(house.test.names, []);
});

Deno.test("an upload that nobody goes on with for a day is gone", async () => {
  await using house = await FileHouse.open();
  const path = await create(house, 100);
  await house.test.clock.advanceAsync(25 * 3_600_000);
  assertEquals(await stateOf(house, path), "404");
});

/** Uploads with tus-js-client, to the end; gives the id of the file. */
function uploadByTus(
  house: FileHouse,
  bytes: Uint8Array<ArrayBuffer>,
  options: Partial<UploadOptions> = {},
): { readonly upload: Upload; readonly id: Promise<string> } {
  const done = Promise.withResolvers<string>();
  let id = "";
  // Outside of a browser it takes this only; its types know browsers alone.
  const upload = new Upload(Buffer.from(bytes) as unknown as Blob, {
    endpoint: `${house.web.url}api/uploads`,
    headers: { authorization: "Bearer ann-token" },
    metadata: { filename: "größe 漢.bin", filetype: "text/html" },
    chunkSize: 50_000,
    retryDelays: null,
    storeFingerprintForResuming: false,
    onAfterResponse: (_request, response) => {
      id = response.getHeader("parley-file") ?? id;
    },
    onSuccess: () => done.resolve(id),
    onError: done.reject,
    ...options,
  });
  return { upload, id: done.promise };
}

Deno.test("tus-js-client uploads, in chunks and with the creation", async () => {
  await using house = await FileHouse.open();
  const bytes = noise(230_000);
  for (const uploadDataDuringCreation of [false, true]) {
    const { upload, id } = uploadByTus(house, bytes, { uploadDataDuringCreation });
    upload.start();
    const file = (await house.store.find(await id))!;
    assertEquals([file.name, file.size], ["größe 漢.bin", 230_000]);
    const response = await house.fetch(house.pathOf(file));
    assertEquals(await response.bytes(), bytes);
  }
});

Deno.test("tus-js-client goes on after a restart of the server, and ends what it has begun", async () => {
  await using house = await FileHouse.open();
  const bytes = noise(230_000);
  const paused = Promise.withResolvers<void>();
  const first = uploadByTus(house, bytes, {
    onChunkComplete: (_size, accepted) => {
      if (accepted < 100_000) return;
      first.upload.abort();
      paused.resolve();
    },
  });
  first.upload.start();
  await paused.promise;
  const uploadUrl = first.upload.url!;
  await house.restart();
  let resumedAt = -1;
  const second = uploadByTus(house, bytes, {
    uploadUrl,
    onAfterResponse: (request, response) => {
      if (request.getMethod() === "HEAD") resumedAt = Number(response.getHeader("upload-offset"));
    },
  });
  second.upload.start();
  await second.id;
  assertEquals(resumedAt, 100_000);
  const id = new URL(uploadUrl).pathname.split("/").at(-1)!;
  assertEquals((await house.store.find(id))?.size, 230_000);

  await Upload.terminate(uploadUrl, { headers: { authorization: "Bearer ann-token" } });
  assertEquals(await house.store.find(id), undefined);
  const refused = uploadByTus(house, bytes, { headers: {} });
  refused.upload.start();
  await assertRejects(() => refused.id, Error, "401");
});
