import type { TlsCertificate } from "../../net/certificate.ts";
import type { Bench as TransferBench } from "../transfer/bench.ts";

/** How much is sent, and how often. */
export interface Sizes {
  /** Pairs of runs: one in the clear, one protected. */
  readonly rounds: number;
  /** The file of a transfer. */
  readonly fileMiB: number;
  /** Connections that are made one after the other by each of some, in all. */
  readonly handshakes: number;
  /** Members who say nothing. */
  readonly idleMembers: number;
  /** How long memory may take to calm, in seconds. */
  readonly calmSeconds: number;
}

/** What every section is given. */
export interface Bench extends Omit<TransferBench, "sizes" | "peers"> {
  readonly sizes: Sizes;
  /** A certificate, and the files that it is in. */
  readonly certificate: TlsCertificate & { readonly certPath: string; readonly keyPath: string };
}
