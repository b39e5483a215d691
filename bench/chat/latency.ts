import { oneLine, table } from "../transfer/report.ts";
import { type Figure, medianOf } from "./compare.ts";

/** Prints how long deliveries, or acknowledgements, took. */
export function latencyTable(figures: readonly Figure[]): void {
  table(
    [":", "p50", "p99", "most", ":what is stored"],
    figures.map(({ server, runs, failure }) => {
      const of = (which: "p50" | "p99" | "max") =>
        ms(medianOf(figures, server, ({ latencyMs }) => latencyMs![which]));
      return [server, of("p50"), of("p99"), of("max"), runs[0]?.promises ?? oneLine(failure ?? "")];
    }),
  );
}

/** Milliseconds as people read them. */
export function ms(value: number): string {
  return Number.isNaN(value) ? "–" : `${value.toFixed(2)} ms`;
}
