import { join } from "@std/path";
import { certificateFingerprint } from "../../net/certificate.ts";
import { plural } from "../transfer/bench.ts";
import { compare } from "../transfer/compare.ts";
import { parley } from "../transfer/parley.ts";
import {
  compareTable,
  finishSection,
  heading,
  type SectionResult,
  timesAsFast,
} from "../transfer/report.ts";
import { writeNoise } from "../transfer/test_data.ts";
import type { Bench } from "./bench.ts";

const [PLAIN, TLS, TLS_FAST] = ["in the clear", "TLS", "TLS --hash xxh128"] as const;
const FLOOR = 0.8;

/** One big file over loopback, in the clear and with TLS, in turns. */
export async function tlsTransfer(bench: Bench): Promise<SectionResult> {
  const { work, workSystem: { type }, sizes: { rounds, fileMiB }, certificate } = bench;
  const { cert, certPath, keyPath } = certificate;
  const bytes = fileMiB * 2 ** 20;
  const path = join(work, "big.bin");
  writeNoise(path, bytes);
  const promises = "verified by SHA-256, synced";
  const secure = {
    allPermissions: true,
    receive: ["--cert", certPath, "--key", keyPath],
    send: ["--fingerprint", certificateFingerprint(cert)],
  };
  const figures = await compare(path, [
    parley(bench, PLAIN, promises, { allPermissions: true }),
    parley(bench, TLS, promises, secure),
    parley(bench, TLS_FAST, "verified by TLS and xxh128, synced", {
      ...secure,
      send: [...secure.send, "--hash", "xxh128"],
    }),
  ], { rounds, into: work });
  Deno.removeSync(path);
  heading(
    `One file of ${fileMiB} MiB, send.ts to receive.ts, ${type} to ${type}, ${
      plural(rounds, "pair")
    }`,
  );
  compareTable(figures, ["MB/s", (seconds) => (bytes / seconds / 1e6).toFixed(0)]);
  const result = {
    section: "transfer",
    fileSystem: type,
    bytes,
    rounds,
    figures,
    claims: [
      {
        claim: "a transfer with TLS, of one in the clear",
        measured: timesAsFast(figures, TLS, PLAIN),
        unit: "times" as const,
        floor: FLOOR,
      },
      {
        claim: "the same with xxh128, which TLS makes as good, of one in the clear with SHA-256",
        measured: timesAsFast(figures, TLS_FAST, PLAIN),
        unit: "times" as const,
      },
    ],
  };
  finishSection(result, "security");
  return result;
}
