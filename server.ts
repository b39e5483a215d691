import { CommitMeter } from "./log/commit_meter.ts";
import { memoryLog } from "./log/memory.ts";
import { ChatServer } from "./server/chat_server.ts";
import { DataFolder, type DataFolderOptions } from "./server/data_folder.ts";
import { EventLoopLag } from "./server/event_loop_lag.ts";
import { logToStandardError } from "./server/log_output.ts";
import { webRoutes } from "./server/web_routes.ts";
import { DatabaseError } from "./sqlite/database_error.ts";
import { WebServer } from "./web/web_server.ts";
import { join } from "@std/path/join";
import { type Address, formatAddress } from "./net/tcp.ts";
import {
  byteCount,
  choice,
  type CommandLine,
  flag,
  integer,
  type Option,
  port,
  word,
} from "./program/command_line.ts";
import { Failure, UsageError } from "./program/failure.ts";
import { origins } from "./program/origins.ts";
import { listenOrExplain } from "./program/listen.ts";
import { complain, print } from "./program/output.ts";
import { QuietHeap } from "./program/server/quiet_heap.ts";
import { type Need, requirePermissions } from "./program/permissions.ts";
import { age, retention } from "./program/server/retention.ts";
import { reloadOnHangup, tellFingerprint } from "./program/server/reload.ts";
import {
  CERTIFICATE_OPTIONS,
  certificateFor,
  certificateNeeds,
  speaksTls,
  warnOfPlain,
} from "./program/server/server_certificate.ts";
import { runProgram } from "./program/run.ts";
import { accessNeeds, changeOnHangup, readAccess } from "./program/server/server_access.ts";
import { untilStopped } from "./program/stop.ts";
import { VERSION } from "./program/version.ts";

const COMMAND_LINE = {
  program: "server.ts",
  command: "parley-server",
  summary: "A chat server. It listens on this machine only, unless --host says otherwise.",
  options: {
    host: word("ADDRESS", "the address to listen on; 0.0.0.0 is every one", "127.0.0.1"),
    port: port("the port to listen on; 0 picks a free one", 0, 12345),
    "web-port": port("the port of the web: the chat, /healthz, /metrics; 0 picks one", 0, 8080),
    "web-origin": origins(
      "where people reach the web port: https://chat.example, or several, with commas",
    ),
    "no-web": flag("no web port"),
    data: word("DIR", "where to keep what is said, names and read positions", undefined, "./data"),
    memory: flag("keep nothing on disk: all of it is gone when the server stops"),
    retain: retention("what each room and inbox keeps; all of it without"),
    "no-files": flag("no files: nobody can share one"),
    "max-file": byteCount("the largest file that can be shared", 1, 2 ** 31),
    "files-quota": byteCount("how much the files of one person may take", 1, 2 ** 33),
    "keep-files": age("how long files are kept: 30d (m, h, d, w or y); for ever without"),
    ...CERTIFICATE_OPTIONS,
    guests: choice(
      ["guest", "any", "none"],
      "what who has no key may be called: guest-NAME, any free name, or nothing",
      "guest",
    ),
    "allow-keys": word(
      "FILE",
      "let in these keys only: one a line, as itself or its fingerprint",
      undefined,
    ),
    admins: word("FILE", "the keys of those who may do everything in every room", undefined),
    "password-file": word(
      "FILE",
      "the server's password, as deno task password prints it",
      undefined,
    ),
    "rate-limit": choice(["on", "off"], "whether each connection has a pace", "on"),
    "max-connections": integer(
      "N",
      "how many connections there may be",
      { min: 1, max: 1_000_000 },
      10_000,
    ),
    "log-level": choice(
      ["debug", "info", "warning", "error"],
      "what is logged at least, on standard error",
      "info",
    ),
    "log-json": flag("log JSON lines"),
  },
} satisfies CommandLine<Record<string, Option<unknown>>>;

await runProgram(COMMAND_LINE, async (options) => {
  const { host, port, "web-port": webPort, "no-web": isWithoutWeb } = options;
  if (options.data !== undefined && options.memory) {
    throw new UsageError("--data and --memory exclude each other: choose one");
  }
  if (options.memory && options.retain !== undefined) {
    throw new UsageError("--retain needs a data folder: leave out --memory");
  }
  const { data = "./data" } = options;
  const isSecure = speaksTls(options);
  const reason = "keep what is said";
  await requirePermissions({ set: "server", file: "server.ts" }, [
    listening({ host, port }, "listen for chat clients"),
    ...isWithoutWeb ? [] : [listening({ host, port: webPort }, "tell on the web how it does")],
    ...options.memory ? [] : [
      { permission: { name: "read", path: data }, reason } as const,
      { permission: { name: "write", path: data }, reason } as const,
    ],
    ...accessNeeds(options),
    ...certificateNeeds(options),
  ]);
  warnOfPlain(options, "server.ts");
  const access = await readAccess(options);
  logToStandardError({ level: options["log-level"], json: options["log-json"] });
  const commits = new CommitMeter();
  const { "max-file": maxFileBytes, "files-quota": maxBytesPerName, "keep-files": keepMs } =
    options;
  await using folder = options.memory ? undefined : await openOrExplain(data, {
    ...options.retain && { keep: options.retain },
    files: options["no-files"]
      ? false
      : { maxFileBytes, maxBytesPerName, ...keepMs !== undefined && { keepMs } },
    observer: commits,
  });
  const readCertificate = () =>
    certificateFor(options, folder === undefined ? undefined : join(data, "tls"));
  const tls = isSecure ? await readCertificate() : undefined;
  await using server = await listenOrExplain({ host, port }, "--port", () =>
    ChatServer.listen({
      ...folder === undefined ? { log: memoryLog({ observer: commits }) } : {
        log: folder.log,
        registry: folder.registry,
        ...folder.files && { files: folder.files },
      },
      ...access,
      ...tls && { tls },
      host,
      port,
      maxConnections: options["max-connections"],
      limits: options["rate-limit"] === "off" ? { requestBurst: 0 } : {},
    }));
  using _access = changeOnHangup(server, options);
  using lag = new EventLoopLag();
  const routes = webRoutes({
    server,
    commits,
    lag,
    version: VERSION,
    host,
    isSecure,
    origins: options["web-origin"],
    files: folder?.files,
  });
  await using web = isWithoutWeb
    ? undefined
    : await listenOrExplain({ host, port: webPort }, "--web-port", () =>
      WebServer.listen({ host, port: webPort, routes, ...tls && { tls } }));
  using _certificate = tls &&
    reloadOnHangup("server.ts", [server, ...web ? [web] : []], async () =>
      // One that is made anew with each start is known to those who are there.
      options.memory && options.cert === undefined ? tls : await readCertificate());
  using _heap = new QuietHeap(() => {
    const { accepted, connections, receivedBytes, sentBytes } = server.statistics;
    return { accepted, connections, bytes: receivedBytes + sentBytes };
  });
  complain(
    folder === undefined
      ? "The log is kept in memory: what was said is gone when the server stops."
      : `What is said is kept in ${data}.`,
  );
  if (tls !== undefined) tellFingerprint("TLS is spoken", tls);
  print(`chat listening on ${formatAddress(server.address)}${isSecure ? " (TLS)" : ""}`);
  if (web !== undefined) print(`web listening on ${web.url}`);
  const stopped = untilStopped("stopping: telling the members; once more to stop at once");
  const broken = await Promise.race([stopped, folder?.broken ?? stopped]);
  if (broken instanceof Error) {
    throw new Failure(`The data folder cannot be used any more: ${broken.message}. Start anew`);
  }
  // The web port says that it stops as long as it does.
  await server.close();
  return 0;
});

function listening(address: Address, reason: string): Need {
  return { permission: { name: "net", host: formatAddress(address) }, reason };
}

async function openOrExplain(path: string, options: DataFolderOptions): Promise<DataFolder> {
  try {
    return await DataFolder.open(path, options);
  } catch (error) {
    if (error instanceof DatabaseError) throw new Failure(error.message);
    throw error;
  }
}
