import { assert, assertEquals, assertMatch } from "@std/assert";

/** What a scrape said, by name and labels as they were written: `parley_messages_total{kind="room"}`. */
export type Samples = ReadonlyMap<string, number>;

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^{}]*\})? (\S+)$/;
const LABELS = /^\{([a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*\}$/;

/**
 * Reads the Prometheus text format, and fails on what Prometheus would refuse or misread.
 *
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function parseMetrics(text: string): Samples {
  assert(text.endsWith("\n"), "the last line has no end");
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  let family = "";
  for (const line of text.split("\n").filter((line) => line !== "")) {
    const [, comment, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (comment === "TYPE") {
      assert(!types.has(name!), `${name} has two types`);
      assertMatch(rest!, /^(counter|gauge|histogram)$/);
      types.set(name!, rest!);
      family = name!;
    }
    if (comment !== undefined) continue;
    const [, sample, labels = "", value] = SAMPLE.exec(line) ?? [];
    assert(sample !== undefined, `no sample: ${line}`);
    if (labels !== "") assertMatch(labels, LABELS);
    // A family's samples stand together, under its type.
    const isPart = types.get(family) === "histogram" &&
      ["_bucket", "_sum", "_count"].some((end) => sample === family + end);
    assert(sample === family || isPart, `${sample} stands under ${family}`);
    if (types.get(family) === "counter") assertMatch(sample, /_total$/);
    assert(!samples.has(sample + labels), `${sample}${labels} is there twice`);
    assert(!Number.isNaN(Number(value)), line);
    samples.set(sample + labels, Number(value));
  }
  for (const [name, type] of types) if (type === "histogram") checkHistogram(name, samples);
  return samples;
}

function checkHistogram(name: string, samples: Samples): void {
  const buckets = [...samples].filter(([key]) => key.startsWith(`${name}_bucket`));
  const counts = buckets.map(([, count]) => count);
  assertEquals(counts, counts.toSorted((a, b) => a - b), `${name} does not rise`);
  assertEquals(samples.get(`${name}_bucket{le="+Inf"}`), samples.get(`${name}_count`));
}
