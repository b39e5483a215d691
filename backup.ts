import { type CommandLine, flag, type Option } from "./program/command_line.ts";
import { Failure, UsageError } from "./program/failure.ts";
import { print } from "./program/output.ts";
import { requirePermissions } from "./program/permissions.ts";
import { runProgram } from "./program/run.ts";
import { backUp } from "./server/back_up.ts";
import { DatabaseError } from "./sqlite/database_error.ts";

const COMMAND_LINE = {
  program: "backup.ts",
  command: "parley-backup",
  summary:
    "Copies a server's data folder to another one, also while the server runs. A server can use the copy: server.ts --data TARGET.",
  operands: { placeholder: "DATA TARGET", atLeast: 2 },
  options: { force: flag("replace the database that is in TARGET already") },
} satisfies CommandLine<Record<string, Option<unknown>>>;

await runProgram(COMMAND_LINE, async ({ operands: [data = "", target = "", ...more], force }) => {
  if (more.length > 0 || data === "" || target === "") {
    throw new UsageError("Two folders are needed: backup.ts DATA TARGET");
  }
  const reason = "write the copy";
  await requirePermissions({ set: "backup", file: "backup.ts" }, [
    { permission: { name: "read", path: data }, reason: "read the server's log" },
    { permission: { name: "read", path: target }, reason },
    { permission: { name: "write", path: target }, reason },
  ]);
  const begun = performance.now();
  try {
    const { events, streams, bytes, files } = await backUp(data, target, { force });
    const seconds = ((performance.now() - begun) / 1_000).toFixed(2);
    print(
      `copied ${plural(events, "event")} of ${plural(streams, "stream")}, ${bytes} bytes${
        files.count === 0 ? "" : `, and ${plural(files.count, "file")} of ${files.bytes} bytes,`
      } in ${seconds} s to ${target}`,
    );
    return 0;
  } catch (error) {
    if (error instanceof DatabaseError) throw new Failure(error.message);
    throw error;
  }
});

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
