// A program for the tests of program/: what it is told to do is its first argument.
import { flag, integer } from "../../program/command_line.ts";
import { Failure } from "../../program/failure.ts";
import { print } from "../../program/output.ts";
import { requirePermissions } from "../../program/permissions.ts";
import { runProgram } from "../../program/run.ts";

const line = {
  program: "example_program.ts",
  summary: "Does what it is told.",
  options: {
    size: integer("BYTES", "how much", { min: 1, max: 10 }, 5),
    json: flag("print JSON"),
  },
  operands: { placeholder: "WHAT", atLeast: 1 },
};

await runProgram(line, async ({ operands: [what], size, json }) => {
  switch (what) {
    case "print":
      print(json ? JSON.stringify({ size }) : `size ${size}`);
      return 0;
    case "fail":
      throw new Failure("There is no such thing: try another");
    case "break":
      throw new Error("a fault of our own");
    case "five":
      return 5;
    case "need":
      await requirePermissions({ set: "example", file: "example_program.ts" }, [
        { permission: { name: "net", host: "127.0.0.1:12345" }, reason: "listen" },
        { permission: { name: "read", path: "/srv/drop" }, reason: "look for names" },
        { permission: { name: "write", path: "/srv/drop" }, reason: "save files" },
      ]);
      return 0;
    case "leave a timer":
      setInterval(() => {}, 1_000);
      return 0;
    default:
      for (;;) print("y".repeat(10_000));
  }
});
