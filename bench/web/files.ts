import { basename, join } from "@std/path";
import { dataPath } from "../../files/upload_entry.ts";
import type { Contender } from "../transfer/contender.ts";
import { compare } from "../transfer/compare.ts";
import { isInstalled } from "../transfer/commands.ts";
import { parley } from "../transfer/parley.ts";
import { plural } from "../transfer/bench.ts";
import {
  compareTable,
  finishSection,
  heading,
  say,
  type SectionResult,
  timesAsFast,
} from "../transfer/report.ts";
import { writeNoise } from "../transfer/test_data.ts";
import type { Bench } from "./bench.ts";
import { type RunningServer, startServer } from "./web_server.ts";

/** Of the native transfer. */
const FLOOR = 0.5;
const [UPLOAD, DOWNLOAD] = ["HTTP upload", "HTTP download"];

/** One file up and down over HTTP, beside the native transfer. */
export async function files(bench: Bench): Promise<SectionResult> {
  const { work, workSystem: { type }, sizes: { rounds, fileMiB } } = bench;
  const hasCurl = await isInstalled("curl");
  if (!hasCurl) say("curl is not installed: HTTP is not measured");
  const path = join(work, "big.bin");
  writeNoise(path, fileMiB * 2 ** 20);
  const contenders = [
    parley(bench, "parley", "verified by SHA-256, synced"),
    ...hasCurl ? [upload(bench), download(bench)] : [],
  ];
  const figures = await compare(path, contenders, { rounds, into: work });
  Deno.removeSync(path);
  heading(`One file of ${fileMiB} MiB over HTTP, on ${type}, ${plural(rounds, "round")}`);
  const bytes = fileMiB * 2 ** 20;
  compareTable(figures, ["MB/s", (seconds) => (bytes / seconds / 1e6).toFixed(0)]);
  const result = {
    section: "files",
    fileSystem: type,
    bytes,
    rounds,
    figures,
    claims: [UPLOAD, DOWNLOAD].map((name) => ({
      claim: `${name}, of the native transfer`,
      measured: timesAsFast(figures, name!, "parley"),
      unit: "times" as const,
      floor: FLOOR,
    })),
  };
  finishSection(result, "web");
  return result;
}

/** `curl -T` to a server that stores, hashes and syncs. */
function upload(bench: Bench): Contender {
  return {
    name: UPLOAD!,
    promises: "hashed by SHA-256, synced",
    async send(path, to) {
      await using server = await startServer(bench);
      const answer = join(bench.scratch, "answer.json");
      const seconds = await put(bench, server, path, answer);
      const { id } = JSON.parse(Deno.readTextFileSync(answer));
      Deno.linkSync(dataPath(server.files, id), join(to, basename(path)));
      return seconds;
    },
  };
}

/** `curl -o` of what was uploaded before. */
function download(bench: Bench): Contender {
  return {
    name: DOWNLOAD!,
    promises: "nothing verified, nothing durable",
    async send(path, to) {
      await using server = await startServer(bench);
      const answer = join(bench.scratch, "answer.json");
      await put(bench, server, path, answer);
      const { id, name } = JSON.parse(Deno.readTextFileSync(answer));
      const url = `${server.url}files/${id}/${name}`;
      return await bench.commands.run("curl", ["-sSf", "-o", join(to, basename(path)), url]);
    },
  };
}

/** Uploads a file; gives how many seconds it took. */
function put(
  { commands }: Bench,
  { url, headers }: RunningServer,
  path: string,
  answer: string,
): Promise<number> {
  const to = `${url}api/files/${basename(path)}`;
  return commands.run("curl", ["-sSf", "-T", path, "-H", `@${headers}`, "-o", answer, to]);
}
