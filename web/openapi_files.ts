type Json = Readonly<Record<string, unknown>>;

const ID = "0123456789abcdef0123456789abcdef";
const FILE = {
  id: ID,
  name: "notes.txt",
  size: 5,
  type: "text/plain",
  sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
};

const error = (description: string): Json => ({
  description,
  content: {
    "application/json": {
      schema: { $ref: "#/components/schemas/Error" },
      example: { code: "too_large", message: "The file is larger than the server takes" },
    },
  },
});
const path = (name: string, description: string): Json => ({
  name,
  in: "path",
  required: true,
  description,
  schema: { type: "string" },
});
const header = (name: string, description: string, schema: Json): Json => ({
  name,
  in: "header",
  required: true,
  description,
  schema,
});
const bytes = (type: string): Json => ({
  required: true,
  content: { [type]: { schema: { type: "string", format: "binary" } } },
});

const REFUSALS = {
  400: error("The name or what came is not as it should be."),
  401: error("The token is missing, or is not that of a name here."),
  403: error("The files of this name, or of everybody, take as much room as they may."),
  404: error("The server keeps no files, or not this one."),
  408: error("It came too slowly."),
  413: error("The file is larger than the server takes."),
  429: error("As many uploads are under way as there may be: try again later."),
  507: error("The disk has no room for it."),
};
const TUS = header("Tus-Resumable", "The version of tus.", { const: "1.0.0" });
const UPLOAD = path("id", "The upload's id, from `Location`.");

/** The routes of files, as OpenAPI has them. */
export const FILE_PATHS: Json = {
  "/api/files/{name}": {
    put: {
      summary: "Bring a file in one request",
      parameters: [path("name", "Its name.")],
      requestBody: bytes("application/octet-stream"),
      responses: {
        201: {
          description: "It is kept: name its id in `files` of a message.",
          content: {
            "application/json": {
              schema: { $ref: "#/components/schemas/SharedFile" },
              example: FILE,
            },
          },
        },
        ...REFUSALS,
      },
    },
  },
  "/files/{id}/{name}": {
    get: {
      summary: "Fetch a file",
      description: "Who knows the id may have it. Ranges and `If-None-Match` work.",
      security: [],
      parameters: [path("id", "Its id."), path("name", "Its name.")],
      responses: {
        200: { description: "The file." },
        206: { description: "A part of it." },
        304: { description: "The client has it." },
        404: REFUSALS[404],
        416: { description: "It has no such part." },
      },
    },
  },
  "/api/uploads": {
    options: {
      summary: "What of tus 1.0.0 there is",
      security: [],
      responses: { 204: { description: "In the headers." } },
    },
    post: {
      summary: "Begin to bring a file in several requests (tus 1.0.0)",
      parameters: [
        TUS,
        header("Upload-Length", "The file's size in bytes.", { type: "integer", minimum: 0 }),
        header("Upload-Metadata", "`filename` and its value in base64.", { type: "string" }),
      ],
      responses: { 201: { description: "`Location` is where its bytes go." }, ...REFUSALS },
    },
  },
  "/api/uploads/{id}": {
    get: {
      summary: "How far an upload is; by HEAD, as tus has it",
      parameters: [TUS, UPLOAD],
      responses: { 200: { description: "`Upload-Offset` says it." }, ...REFUSALS },
    },
    patch: {
      summary: "Bring more of a file",
      parameters: [
        TUS,
        UPLOAD,
        header("Upload-Offset", "Where the bytes go.", { type: "integer", minimum: 0 }),
      ],
      requestBody: bytes("application/offset+octet-stream"),
      responses: {
        204: { description: "They are kept. After the last ones `Parley-File` is the file's id." },
        409: error("The bytes go elsewhere: ask how far it is."),
        ...REFUSALS,
      },
    },
    delete: {
      summary: "Give an upload up",
      parameters: [TUS, UPLOAD],
      responses: { 204: { description: "It is gone." }, ...REFUSALS },
    },
  },
};
