import {
  configureSync,
  getAnsiColorFormatter,
  getJsonLinesFormatter,
  getTextFormatter,
} from "@logtape/logtape";
import type { FormattedValues, LogLevel } from "@logtape/logtape";

/** How a program logs. */
export interface LogOutputOptions {
  /** What is logged at least. */
  readonly level: LogLevel;
  /** JSON lines instead of lines for people. */
  readonly json: boolean;
}

const encoder = new TextEncoder();

const forPeople = {
  timestamp: "time",
  value: "bare",
  format: ({ timestamp, level, message }: FormattedValues) => `${timestamp} ${level} ${message}`,
} as const;

/**
 * Sends the log to standard error: lines for people, with colours on a terminal, or JSON lines.
 *
 * @param options The level and the form.
 */
export function logToStandardError(options: LogOutputOptions): void {
  const { level, json } = options;
  const format = json
    ? getJsonLinesFormatter()
    : Deno.stderr.isTerminal() && !Deno.noColor
    ? getAnsiColorFormatter(forPeople)
    : getTextFormatter(forPeople);
  configureSync({
    sinks: {
      stderr: (record) => {
        let bytes = encoder.encode(format(record));
        while (bytes.length > 0) bytes = bytes.subarray(Deno.stderr.writeSync(bytes));
      },
    },
    loggers: [
      { category: "parley", lowestLevel: level, sinks: ["stderr"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["stderr"] },
    ],
  });
}
