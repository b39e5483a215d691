import { ProtocolError } from "../codec/errors.ts";
import type { FileUpload } from "../files/file_upload.ts";
import type { SharedFile } from "../protocol/chat.ts";
import { errorAnswer, jsonAnswer } from "./json_answer.ts";
import { contentLength, filePath, type UploadDesk } from "./upload_desk.ts";
import type { WebContext, WebHandler, WebRoutes } from "./web_server.ts";

const VERSION = "1.0.0";
const BODY_TYPE = "application/offset+octet-stream";
/** Where uploads are. */
const PATH = "/api/uploads";

/** Answers to which the protocol gives a status of its own. */
class TusError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

/**
 * Uploads in several requests, by tus 1.0.0 (tus.io): core, creation, creation-with-upload, expiration and
 * termination.
 *
 * ```
 * POST   /api/uploads        Upload-Length, Upload-Metadata: filename …   201, Location
 * PATCH  /api/uploads/ID     Upload-Offset, bytes                        204, Upload-Offset
 * HEAD   /api/uploads/ID                                                 200, Upload-Offset, Upload-Length
 * DELETE /api/uploads/ID                                                 204
 * ```
 *
 * The answer to the request that brings the last byte has `Parley-File`, the file's id. Where JSON is accepted it
 * holds the whole of what is known of the file.
 *
 * @param desk Takes the files.
 * @returns The routes.
 */
export function tusRoutes(desk: UploadDesk): WebRoutes {
  return {
    [`OPTIONS ${PATH}`]: () =>
      new Response(null, {
        status: 204,
        headers: {
          "tus-resumable": VERSION,
          "tus-version": VERSION,
          "tus-extension": "creation,creation-with-upload,expiration,termination",
          "tus-max-size": String(desk.files.maxFileBytes),
        },
      }),
    [`POST ${PATH}`]: answering((request) => create(desk, request)),
    [`GET ${PATH}/:id`]: answering((request, id) => tell(desk, request, id)),
    [`PATCH ${PATH}/:id`]: answering((request, id) => append(desk, request, id)),
    [`DELETE ${PATH}/:id`]: answering((request, id) => terminate(desk, request, id)),
  };
}

function answering(
  handle: (request: Request, id: string) => Promise<Response>,
): WebHandler {
  return async (request: Request, { params }: WebContext) => {
    const headers = { "tus-resumable": VERSION };
    try {
      if (request.headers.get("tus-resumable") !== VERSION && request.method !== "GET") {
        throw new TusError(412, `The header Tus-Resumable must be ${VERSION}`);
      }
      const response = await handle(request, params.id ?? "");
      response.headers.set("tus-resumable", VERSION);
      return response;
    } catch (error) {
      if (!(error instanceof TusError)) return errorAnswer(error, headers);
      const { status, message } = error;
      const versions = status === 412 ? { "tus-version": VERSION } : {};
      return jsonAnswer({ code: "invalid_message", message }, status, { ...headers, ...versions });
    }
  };
}

async function create(desk: UploadDesk, request: Request): Promise<Response> {
  const owner = await desk.owner(request);
  const size = countHeader(request, "upload-length");
  if (size === undefined) throw new TusError(400, "The header Upload-Length tells the file's size");
  const name = readFileName(request.headers.get("upload-metadata"));
  const type = request.headers.get("content-type");
  if (type !== BODY_TYPE && (contentLength(request) ?? 0) > 0) throw wrongType();
  const begin = () => desk.files.begin(owner, { name, size, isKept: true });
  if (size > 0 && type !== BODY_TYPE) {
    const upload = begin();
    upload.close();
    return uploadAnswer(desk, owner, upload, 201);
  }
  return await desk.take(request, owner, begin, async (upload) => {
    const file = await settle(upload, size);
    return uploadAnswer(desk, owner, upload, 201, file);
  });
}

async function append(desk: UploadDesk, request: Request, id: string): Promise<Response> {
  const owner = await desk.owner(request);
  const { files } = desk;
  if (request.headers.get("content-type") !== BODY_TYPE) throw wrongType();
  const offset = countHeader(request, "upload-offset");
  if (offset === undefined) {
    throw new TusError(400, "The header Upload-Offset tells where the bytes begin");
  }
  const size = files.upload(owner, id)?.size;
  if (size === undefined || size === null) throw gone();
  const check = (held: { readonly offset: number } | undefined) => {
    if (held === undefined || held.offset === offset) return;
    throw new TusError(409, `The upload has ${held.offset} bytes, not ${offset}: ask with HEAD`);
  };
  const open = async () => {
    // Before all that has come is hashed again, which takes seconds where it is large.
    check(await files.pause(owner, id));
    const upload = await files.resume(owner, id);
    try {
      check(upload);
      return upload;
    } catch (error) {
      upload.close();
      throw error;
    }
  };
  return await desk.take(request, owner, open, async (upload) => {
    const file = await settle(upload, size);
    const wantsJson = request.headers.get("accept")?.includes("application/json") ?? false;
    return uploadAnswer(desk, owner, upload, file !== undefined && wantsJson ? 200 : 204, file);
  });
}

/** What has come: makes a file of it if that is all. */
async function settle(upload: FileUpload, size: number): Promise<SharedFile | undefined> {
  if (upload.offset === size) return await upload.commit();
  upload.close();
  // What is acknowledged is on disk.
  await upload.closed;
  return undefined;
}

async function tell(desk: UploadDesk, request: Request, id: string): Promise<Response> {
  const owner = await desk.owner(request);
  const { files } = desk;
  // Who asks wants to go on: whatever brought it before is over, though that may not be known yet.
  const pending = await files.pause(owner, id);
  if (pending !== undefined && pending.offset === pending.size) {
    // All had come when the server was stopped.
    const upload = await files.resume(owner, id);
    const file = await upload.commit();
    return uploadAnswer(desk, owner, upload, 200, file);
  }
  if (pending !== undefined) return uploadAnswer(desk, owner, pending, 200);
  const file = files.isOwn(owner, id) ? await files.find(id) : undefined;
  if (file === undefined) throw gone();
  return uploadAnswer(desk, owner, { id, offset: file.size }, 200, file);
}

async function terminate(desk: UploadDesk, request: Request, id: string): Promise<Response> {
  const owner = await desk.owner(request);
  if (!(await desk.files.remove(owner, id))) throw gone();
  return new Response(null, { status: 204 });
}

/** How far an upload is; of one that is a file, what it is. */
function uploadAnswer(
  { files }: UploadDesk,
  owner: string,
  { id, offset }: { readonly id: string; readonly offset: number },
  status: 200 | 201 | 204,
  file?: SharedFile,
): Response {
  const pending = files.upload(owner, id);
  const size = file?.size ?? pending?.size;
  const headers = {
    "cache-control": "no-store",
    // What the disk did not take when it was interrupted is not there.
    "upload-offset": String(file?.size ?? pending?.offset ?? offset),
    ...typeof size === "number" && { "upload-length": String(size) },
    ...pending !== undefined && { "upload-expires": new Date(pending.goesAt).toUTCString() },
    ...status === 201 && { location: `${PATH}/${id}` },
    ...file !== undefined && { "parley-file": file.id, "content-location": filePath(file) },
  };
  if (file === undefined || status === 204) return new Response(null, { status, headers });
  return jsonAnswer(file, status, headers);
}

function countHeader(request: Request, name: string): number | undefined {
  const value = request.headers.get(name);
  return value !== null && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** `Upload-Metadata` is pairs of a key and a value in Base64, with commas between them. */
function readFileName(metadata: string | null): string {
  for (const pair of metadata?.split(",") ?? []) {
    const [key, value = ""] = pair.trim().split(" ");
    if (key !== "filename") continue;
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.fromBase64(value));
    } catch {
      throw new TusError(400, "The file name in Upload-Metadata is no UTF-8 in Base64");
    }
  }
  throw new TusError(400, "The header Upload-Metadata tells the file's name, as filename");
}

function wrongType(): TusError {
  return new TusError(415, `The body's Content-Type must be ${BODY_TYPE}`);
}

function gone(): ProtocolError {
  return new ProtocolError("unknown_file", "There is no such upload, or not any more: begin anew");
}
