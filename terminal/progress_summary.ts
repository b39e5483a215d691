import type { TransferSummary } from "../transfer/progress.ts";

/**
 * One line that says what came of a transfer: `sent 12 files, 3,400,120 bytes in 1.42 s (2.39 MB/s)`.
 *
 * @param done What was done: "sent", "received".
 * @param summary What came of it.
 * @param from Where it came from, if that is to be told.
 */
export function summaryLine(done: string, summary: TransferSummary, from?: string): string {
  const { files, failed, bytes, resumedBytes, elapsedMs, bytesPerSecond } = summary;
  const source = from === undefined ? "" : ` from ${from}`;
  const rate = (bytesPerSecond / 1e6).toFixed(2);
  const what = `${whole(files)} file${files === 1 ? "" : "s"}, ${whole(bytes)} bytes${source}`;
  return [
    `${done} ${what} in ${(elapsedMs / 1_000).toFixed(2)} s (${rate} MB/s)`,
    ...(resumedBytes > 0 ? [`${whole(resumedBytes)} bytes were there already`] : []),
    ...(failed > 0 ? [`${whole(failed)} not ${done}`] : []),
  ].join(", ");
}

function whole(number: number): string {
  return number.toLocaleString("en-US");
}
