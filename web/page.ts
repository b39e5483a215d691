import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import attention from "./page/attention.js" with { type: "text" };
import bytes from "./page/bytes.js" with { type: "text" };
import chat from "./page/chat.js" with { type: "text" };
import composer from "./page/composer.js" with { type: "text" };
import connection from "./page/connection.js" with { type: "text" };
import database from "./page/database.js" with { type: "text" };
import dialogs from "./page/dialogs.js" with { type: "text" };
import dom from "./page/dom.js" with { type: "text" };
import favicon from "./page/favicon.svg" with { type: "text" };
import fingerprint from "./page/fingerprint.js" with { type: "text" };
import format from "./page/format.js" with { type: "text" };
import guard from "./page/guard.js" with { type: "text" };
import history from "./page/history.js" with { type: "text" };
import identity from "./page/identity.js" with { type: "text" };
import index from "./page/index.html" with { type: "text" };
import keys from "./page/keys.js" with { type: "text" };
import keysPanel from "./page/keys_panel.js" with { type: "text" };
import linking from "./page/linking.js" with { type: "text" };
import main from "./page/main.js" with { type: "text" };
import messageView from "./page/message_view.js" with { type: "text" };
import moderationPanel from "./page/moderation_panel.js" with { type: "text" };
import moments from "./page/moments.js" with { type: "text" };
import names from "./page/names.js" with { type: "text" };
import notice from "./page/notice.js" with { type: "text" };
import outbox from "./page/outbox.js" with { type: "text" };
import panel from "./page/panel.js" with { type: "text" };
import saying from "./page/saying.js" with { type: "text" };
import sealedAge from "./page/sealed_age.js" with { type: "text" };
import sealedChain from "./page/sealed_chain.js" with { type: "text" };
import sealedContacts from "./page/sealed_contacts.js" with { type: "text" };
import sealedEnvelope from "./page/sealed_envelope.js" with { type: "text" };
import sealedOrder from "./page/sealed_order.js" with { type: "text" };
import sealedTalk from "./page/sealed_talk.js" with { type: "text" };
import sealedWorker from "./page/sealed_worker.js" with { type: "text" };
import secretPanel from "./page/secret_panel.js" with { type: "text" };
import session from "./page/session.js" with { type: "text" };
import sidebar from "./page/sidebar.js" with { type: "text" };
import signatures from "./page/signatures.js" with { type: "text" };
import signedTexts from "./page/signed_texts.js" with { type: "text" };
import store from "./page/store.js" with { type: "text" };
import style from "./page/style.css" with { type: "text" };
import timeline from "./page/timeline.js" with { type: "text" };
import ulid from "./page/ulid.js" with { type: "text" };
import uploads from "./page/uploads.js" with { type: "text" };
import age from "./page/vendor/age_encryption.js" with { type: "text" };
import type { WebHandler, WebRoutes } from "./web_server.ts";

const JAVASCRIPT = "text/javascript; charset=utf-8";

/** The modules that the page begins with, the first one first. */
const MODULES: Readonly<Record<string, string>> = {
  "main.js": main,
  "attention.js": attention,
  "bytes.js": bytes,
  "chat.js": chat,
  "composer.js": composer,
  "connection.js": connection,
  "database.js": database,
  "dom.js": dom,
  "format.js": format,
  "guard.js": guard,
  "history.js": history,
  "identity.js": identity,
  "keys.js": keys,
  "message_view.js": messageView,
  "moments.js": moments,
  "names.js": names,
  "notice.js": notice,
  "outbox.js": outbox,
  "saying.js": saying,
  "session.js": session,
  "sidebar.js": sidebar,
  "signed_texts.js": signedTexts,
  "store.js": store,
  "timeline.js": timeline,
  "ulid.js": ulid,
};

/** What it asks for when it is needed. */
const LATER: Readonly<Record<string, string>> = {
  "dialogs.js": dialogs,
  "fingerprint.js": fingerprint,
  "keys_panel.js": keysPanel,
  "linking.js": linking,
  "moderation_panel.js": moderationPanel,
  "panel.js": panel,
  "sealed_age.js": sealedAge,
  "sealed_chain.js": sealedChain,
  "sealed_contacts.js": sealedContacts,
  "sealed_envelope.js": sealedEnvelope,
  "sealed_order.js": sealedOrder,
  "sealed_talk.js": sealedTalk,
  "sealed_worker.js": sealedWorker,
  "secret_panel.js": secretPanel,
  "signatures.js": signatures,
  "uploads.js": uploads,
  "vendor/age_encryption.js": age,
};

/** What the page may do: show and run what this server serves, and nothing that is written into it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "media-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  // Nothing on the page makes HTML or a script out of text: the browser refuses it then.
  "require-trusted-types-for 'script'",
  // But for the address of the one worker.
  "trusted-types parley",
].join("; ");

/**
 * The chat's page: at `/`, and what it is made of below `/page/VERSION/`, which a browser keeps for as long as
 * it is the same. All of it is part of the program: no file is read at run time.
 *
 * @returns The routes.
 */
export function pageRoutes(): WebRoutes {
  const parts = [index, style, favicon, ...Object.values(MODULES), ...Object.values(LATER)];
  const folder = `/page/${hashOf(parts.join("\0"))}/`;
  const preloads = Object.keys(MODULES)
    .map((name) => `<link rel="modulepreload" href="/page/${name}">`).join("\n    ");
  const html = index.replace("<!-- modules -->", preloads).replaceAll("/page/", folder);
  const routes: Record<string, WebHandler> = {
    "GET /": asset(html, "text/html; charset=utf-8", "no-cache"),
    [`GET ${folder}style.css`]: asset(style, "text/css; charset=utf-8", FOR_EVER),
    [`GET ${folder}favicon.svg`]: asset(favicon, "image/svg+xml", FOR_EVER),
  };
  for (const [name, text] of Object.entries({ ...MODULES, ...LATER })) {
    routes[`GET ${folder}${name}`] = asset(text, JAVASCRIPT, FOR_EVER);
  }
  return routes;
}

/** For what has another address when it is another. */
const FOR_EVER = "public, max-age=31536000, immutable";

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}

/** Answers with a text; compressed when it is first asked for, and not at all where the client has it. */
function asset(text: string, type: string, caching: string): WebHandler {
  const etag = `W/"${hashOf(text)}"`;
  let compressed: Uint8Array<ArrayBuffer> | undefined;
  return ({ headers }) => {
    const common = {
      "cache-control": caching,
      "content-security-policy": POLICY,
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "permissions-policy": "camera=(), geolocation=(), microphone=()",
      "x-content-type-options": "nosniff",
      "vary": "accept-encoding",
      etag,
    };
    if (isKnown(headers.get("if-none-match"), etag)) {
      return new Response(null, { status: 304, headers: common });
    }
    const whole = { ...common, "content-type": type };
    if (!/\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(headers.get("accept-encoding") ?? "")) {
      return new Response(text, { headers: whole });
    }
    compressed ??= new Uint8Array(gzipSync(text, { level: 9 }));
    return new Response(compressed, { headers: { ...whole, "content-encoding": "gzip" } });
  };
}

/** Whether a client has what `etag` stands for (RFC 9110, 13.1.2: the weak comparison). */
function isKnown(wanted: string | null, etag: string): boolean {
  const known = wanted?.split(",").map((tag) => tag.trim().replace(/^W\//, "")) ?? [];
  return known.includes("*") || known.includes(etag.replace(/^W\//, ""));
}
