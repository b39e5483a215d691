import { ChatServer } from "./server/chat_server.ts";
import { logToStandardError } from "./server/log_output.ts";
import { formatAddress } from "./net/tcp.ts";
import {
  choice,
  type CommandLine,
  flag,
  integer,
  type Option,
  port,
  word,
} from "./program/command_line.ts";
import { UsageError } from "./program/failure.ts";
import { listenOrExplain } from "./program/listen.ts";
import { complain, print } from "./program/output.ts";
import { requirePermissions } from "./program/permissions.ts";
import { runProgram } from "./program/run.ts";
import { untilStopped } from "./program/stop.ts";

const COMMAND_LINE = {
  program: "server.ts",
  summary: "A chat server. It listens on this machine only, unless --host says otherwise.",
  options: {
    host: word("ADDRESS", "the address to listen on; 0.0.0.0 is every one", "127.0.0.1"),
    port: port("the port to listen on; 0 picks a free one", 0, 12345),
    "web-port": port("the web page's port: there is no page yet", 0, 8080),
    "no-web": flag("no web page"),
    data: word("DIR", "where to keep the log: kept in memory for now", undefined),
    memory: flag("keep the log in memory: it is gone when the server stops"),
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
  const { host, port } = options;
  if (options.data !== undefined && options.memory) {
    throw new UsageError("--data and --memory exclude each other: choose one");
  }
  await requirePermissions({ set: "server", file: "server.ts" }, [{
    permission: { name: "net", host: formatAddress({ host, port }) },
    reason: "listen for chat clients",
  }]);
  logToStandardError({ level: options["log-level"], json: options["log-json"] });
  await using server = listenOrExplain({ host, port }, () =>
    ChatServer.listen({
      host,
      port,
      maxConnections: options["max-connections"],
      limits: options["rate-limit"] === "off" ? { requestBurst: 0 } : {},
    }));
  complain("The log is kept in memory: what was said is gone when the server stops.");
  print(`chat listening on ${formatAddress(server.address)}`);
  await untilStopped("stopping: telling the members; once more to stop at once");
  return 0;
});
