// A webhook bridge: what a service posts here is said in a room, and what is said there is posted to a URL.
//
//   BEARER=$(deno task -q token build-bot) SECRET=… \
//     deno run --allow-net=127.0.0.1 --allow-env=BEARER,SECRET examples/webhook_bridge.ts \
//     http://127.0.0.1:8080 lobby [FORWARD_URL] [PORT]
//
// A webhook is a POST of JSON with `X-Hub-Signature-256: sha256=HEX`, the HMAC of its body with SECRET, as
// GitHub signs. A push of GitHub's is told in a line; anything else with a `text` says that.
// deno-lint-ignore-file no-console -- a program for people

const [chat = "http://127.0.0.1:8080", room = "lobby", forward, port = "0"] = Deno.args;
const [bearer, secret] = [Deno.env.get("BEARER"), Deno.env.get("SECRET")];
if (!bearer || !secret) throw new Error("BEARER and SECRET must be in the environment");

const api = `${chat}/api/rooms/${encodeURIComponent(room)}`;
const authorization = `Bearer ${bearer}`;
const MAX_BODY_BYTES = 1_048_576;
const key = await crypto.subtle.importKey(
  "raw",
  new TextEncoder().encode(secret),
  { name: "HMAC", hash: "SHA-256" },
  false,
  ["verify"],
);

/** What a webhook says; undefined where there is nothing to say. */
// deno-lint-ignore no-explicit-any -- anybody's JSON: each part is looked at before it is used
function textOf(hook: any): string | undefined {
  if (typeof hook?.text === "string") return hook.text;
  if (typeof hook?.ref !== "string" || !Array.isArray(hook.commits)) return undefined;
  const branch = hook.ref.replace("refs/heads/", "");
  const last = String(hook.commits.at(-1)?.message ?? "").split("\n")[0];
  return `${hook.pusher?.name} pushed ${hook.commits.length} commits to ${hook.repository?.full_name} ${branch}: ${last}`;
}

/** The body, or undefined where it is too long. */
async function bodyOf(request: Request): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** Whether whoever sent it has the secret; `verify` compares in constant time. */
async function isSigned(headers: Headers, body: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const [, hex] = /^sha256=([0-9a-f]{64})$/.exec(headers.get("x-hub-signature-256") ?? "") ?? [];
  return hex !== undefined &&
    await crypto.subtle.verify("HMAC", key, Uint8Array.fromHex(hex), body);
}

async function take(request: Request): Promise<Response> {
  if (request.method !== "POST") return new Response(null, { status: 405 });
  const body = await bodyOf(request);
  if (body === undefined) return new Response(null, { status: 413 });
  if (!await isSigned(request.headers, body)) return new Response(null, { status: 401 });
  let text: string | undefined;
  try {
    text = textOf(JSON.parse(new TextDecoder().decode(body)));
  } catch {
    return new Response("That is no JSON\n", { status: 400 });
  }
  if (text === undefined) return new Response(null, { status: 204 });
  // A webhook that is sent again bears the same number: so it is said once.
  const delivery = request.headers.get("x-github-delivery");
  const id = delivery !== null && /^[\w.:-]{1,60}$/.test(delivery) ? { id: `gh-${delivery}` } : {};
  const answer = await fetch(`${api}/messages`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    // deno-lint-ignore no-control-regex -- what a chat does not take
    body: JSON.stringify({ text: text.replaceAll(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, " "), ...id }),
  });
  // What it says no with, the service is told: 429 and 503 have it try again.
  return new Response(answer.body, { status: answer.status });
}

/** Posts each message of the room to the URL, and goes on where it was when the connection breaks. */
async function forwardTo(url: string): Promise<never> {
  let last: string | undefined;
  for (;;) {
    try {
      const headers = { authorization, ...(last === undefined ? {} : { "last-event-id": last }) };
      const response = await fetch(`${api}/events`, { headers });
      if (!response.ok) throw new Error(`The chat answered ${response.status}`);
      console.log(`forwarding ${room} to ${url}`);
      for await (const { id, data } of eventsOf(response.body!)) {
        const body = JSON.stringify(data);
        await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body })
          .then((answer) => answer.body?.cancel());
        last = id;
      }
    } catch (error) {
      console.error(`${(error as Error).message}: again in a second`);
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

/** The messages of a stream of events, each with its number. */
async function* eventsOf(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<{ readonly id: string; readonly data: unknown }> {
  let text = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const events = text.split("\n\n");
    text = events.pop()!;
    for (const event of events) {
      const [, id, data] = /^id: (\d+)\nevent: message\ndata: (.*)$/.exec(event) ?? [];
      if (id !== undefined) yield { id, data: JSON.parse(data!) };
    }
  }
}

Deno.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  onListen: ({ port }) => {
    console.log(`taking webhooks on http://127.0.0.1:${port}/`);
  },
}, take);
if (forward !== undefined) await forwardTo(forward);
