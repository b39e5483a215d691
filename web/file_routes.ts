import type { Grant } from "../chat/grants.ts";
import { type Clock, systemClock } from "../clock/clock.ts";
import { filesNotOffered } from "../chat/shared_files.ts";
import { ProtocolError } from "../codec/errors.ts";
import { type FileStore } from "../files/file_store.ts";
import { answerFile } from "./file_download.ts";
import { errorAnswer, jsonAnswer } from "./json_answer.ts";
import { tusRoutes } from "./tus_routes.ts";
import { contentLength, filePath, UploadDesk } from "./upload_desk.ts";
import { textAnswer, type WebContext, type WebRoutes } from "./web_server.ts";

/** Answers with files that are under way at once; each holds a chunk of 64 to 256 KiB. */
const MAX_DOWNLOADS = 512;

/** What {@link fileRoutes} lead to. */
export interface FileRoutesOptions {
  /** The files. */
  readonly files: FileStore;
  /** Whose a bearer token is, and when it is over: `hub.grant`. */
  readonly grant: (bearer: string) => Promise<Grant>;
  /** What slowness is measured by. @default {systemClock} */
  readonly clock?: Clock;
}

/**
 * Files over HTTP: `PUT /api/files/NAME` brings one, `/api/uploads` brings one in several requests (tus 1.0.0),
 * `GET /files/ID/NAME` fetches one.
 *
 * Bringing needs a token; fetching needs the id, which nobody can guess. Whose page may do so is for others to
 * check: put these behind `guardRoutes`.
 *
 * @param options Where the files are, and whose tokens count.
 * @returns The routes, for a `WebServer`.
 */
export function fileRoutes(options: FileRoutesOptions): WebRoutes {
  const { files, clock = systemClock } = options;
  const desk = new UploadDesk({ ...options, clock });
  let downloads = 0;
  return {
    "PUT /api/files/:name": async (request, { params }) => {
      try {
        return await put(desk, request, params.name!);
      } catch (error) {
        return errorAnswer(error);
      }
    },
    "GET /files/:id/:name": async (request, context) => {
      if (downloads >= MAX_DOWNLOADS) {
        const answer = textAnswer("Too many files are being fetched: try again soon.\n", 503);
        answer.headers.set("retry-after", "5");
        return answer;
      }
      downloads++;
      let isOver = false;
      const onEnd = () => {
        if (!isOver) downloads--;
        isOver = true;
      };
      try {
        return await get(request, context, { files, clock, onEnd });
      } catch (error) {
        onEnd();
        return errorAnswer(error);
      }
    },
    ...tusRoutes(desk),
  };
}

/** What is answered there where no files are kept: an error that says so. */
export function noFileRoutes(): WebRoutes {
  const answer = () => errorAnswer(filesNotOffered());
  const paths = ["PUT /api/files/:name", "GET /files/:id/:name", "POST /api/uploads"];
  return Object.fromEntries(paths.map((path) => [path, answer]));
}

async function put(desk: UploadDesk, request: Request, name: string): Promise<Response> {
  const { headers } = request;
  const owner = await desk.owner(request);
  for (const header of ["content-range", "content-encoding"]) {
    if (!headers.has(header)) continue;
    const text = `Cannot take a body with ${header}: send the file as it is, or by /api/uploads`;
    throw new ProtocolError("invalid_message", text);
  }
  const wanted = readDigest(headers.get("repr-digest") ?? headers.get("content-digest"));
  const size = contentLength(request);
  return await desk.take(
    request,
    owner,
    () => desk.files.begin(owner, { name, size }),
    async (upload) => {
      const file = await upload.commit(wanted);
      return jsonAnswer(file, 201, { location: filePath(file), etag: `"${file.sha256}"` });
    },
  );
}

async function get(
  request: Request,
  { params }: WebContext,
  options: Parameters<typeof answerFile>[2],
): Promise<Response> {
  const file = await options.files.find(params.id!);
  if (file !== undefined && file.name === params.name) {
    return await answerFile(request, file, options);
  }
  throw new ProtocolError("unknown_file", "There is no such file, or not any more");
}

/**
 * The SHA-256 in a header of RFC 9530: `sha-256=:BASE64:`.
 *
 * @returns Lower-case hexadecimal; undefined where there is none of that kind.
 * @throws {ProtocolError} `invalid_message`: it is none.
 */
function readDigest(header: string | null): string | undefined {
  const [, base64] = /(?:^|[,\s])sha-256=:([^:]*):/i.exec(header ?? "") ?? [];
  if (base64 === undefined) return undefined;
  try {
    const bytes = Uint8Array.fromBase64(base64);
    if (bytes.length === 32) return bytes.toHex();
  } catch {
    // What is no Base64 is told as what is too short.
  }
  throw new ProtocolError("invalid_message", "The digest is none: sha-256=:BASE64: is allowed");
}
