// What protection costs: transfers with TLS, and encrypted with age, beside those as they are, in turns; handshakes; the
// memory of members.
// Ratios are of medians, and each row says what it promises. Tables for people; after each section one line of JSON.
// Linux only, two cores at least, and nothing else running.
//
// deno-lint-ignore-file no-console -- a program for people
import { join } from "@std/path";
import { makeCertificate } from "../net/certificate.ts";
import { runBench, UsageError } from "./program.ts";
import type { Bench, Sizes } from "./security/bench.ts";
import { encryptedTransfer } from "./security/encrypted_transfer.ts";
import { handshakes } from "./security/handshakes.ts";
import { idleMembers } from "./security/idle_members.ts";
import { tlsTransfer } from "./security/tls_transfer.ts";
import { isInstalled } from "./transfer/commands.ts";
import { fileSystemOf } from "./transfer/file_system.ts";

const USAGE = `What protection costs.

  deno task bench:security [--only transfer,encrypted,handshakes,idle] [options]

  --only NAMES       the sections to run                                       (all)
  --dir DIR          the folder to work in: a tmpfs for figures that are compared
                                                       (the system's temp folder)
  --rounds N         transfer, encrypted: pairs that count                       (5)
  --size MIB         transfer, encrypted: the file                            (1024)
  --handshakes N     handshakes                                               (5000)
  --members N        idle: members who say nothing                            (1000)
  --json FILE        write what was found as JSON, too
  --quick            small sizes and one round: shows that it works, not how fast`;

const FULL: Sizes = {
  rounds: 5,
  fileMiB: 1_024,
  handshakes: 5_000,
  idleMembers: 1_000,
  calmSeconds: 40,
};
const QUICK: Sizes = {
  rounds: 1,
  fileMiB: 50,
  handshakes: 300,
  idleMembers: 200,
  calmSeconds: 3,
};

await runBench<Sizes, Bench>({
  name: "security",
  usage: USAGE,
  sections: { transfer: tlsTransfer, encrypted: encryptedTransfer, handshakes, idle: idleMembers },
  full: FULL,
  quick: QUICK,
  numbers: {
    rounds: "rounds",
    size: "fileMiB",
    handshakes: "handshakes",
    members: "idleMembers",
  },
  words: ["dir"],
  async prepare({ sizes, words }, { commands, folder }) {
    if (!await isInstalled("taskset") || navigator.hardwareConcurrency < 2) {
      throw new UsageError("It takes taskset and two cores: one for the server, one for the load");
    }
    const work = await folder(words["dir"]);
    const disk = await folder(undefined);
    const [scratch, certPath, keyPath] = ["scratch", "cert.pem", "key.pem"].map((name) =>
      join(disk, name)
    ) as [string, string, string];
    Deno.mkdirSync(scratch);
    const made = await makeCertificate();
    Deno.writeTextFileSync(certPath, made.cert);
    Deno.writeTextFileSync(keyPath, made.key, { mode: 0o600 });
    const [workSystem, diskSystem] = [await fileSystemOf(work), await fileSystemOf(disk)];
    if (workSystem.isDisk) {
      console.log(
        `${work} is on ${workSystem.type}: for figures that are compared name a tmpfs, --dir DIR`,
      );
    }
    const certificate = { ...made, certPath, keyPath };
    const roots = [work, disk];
    return { commands, sizes, scratch, roots, work, workSystem, disk, diskSystem, certificate };
  },
});
