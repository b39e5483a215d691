/** A line of a plot. */
export interface Line {
  readonly name: string;
  /** Both more than 0. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What is drawn. */
export interface Plot {
  readonly title: string;
  /** What the numbers below count. */
  readonly across: string;
  readonly lines: readonly Line[];
}

const [WIDTH, HEIGHT] = [720, 400];
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 120, 48, 56];
const STEPS = [1, 2, 5, 10] as const;
/** Told apart also by who sees no colours: the lines have names at their ends. */
const COLOURS = ["#2f81f7", "#c4681c", "#8957e5"] as const;

/**
 * Draws lines as an SVG: the first axis counts in powers of ten, the second from 0. It has no
 * background, and letters of a grey that can be read on white and on black.
 */
export function plot({ title, across, lines }: Plot): string {
  const points = lines.flatMap(({ points }) => points);
  const [least, most] = [
    Math.min(...points.map(([x]) => x)),
    Math.max(...points.map(([x]) => x)),
  ];
  const step = stepOf(Math.max(...points.map(([, y]) => y)));
  const top = step * Math.ceil(Math.max(...points.map(([, y]) => y)) / step);
  const xOf = (x: number) =>
    LEFT + (WIDTH - LEFT - RIGHT) * Math.log(x / least) / Math.log(most / least);
  const yOf = (y: number) => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y / top;
  const round = (value: number) => value.toFixed(1);

  const marks: string[] = [];
  for (let y = 0; y <= top; y += step) {
    const at = round(yOf(y));
    marks.push(`<path class="grid" d="M${LEFT} ${at}H${WIDTH - RIGHT}"/>`);
    marks.push(`<text class="y" x="${LEFT - 8}" y="${at}" dy="4">${short(y)}</text>`);
  }
  for (const x of new Set(points.map(([x]) => x))) {
    const text = x.toLocaleString("en");
    marks.push(`<text class="x" x="${round(xOf(x))}" y="${HEIGHT - BOTTOM + 20}">${text}</text>`);
  }
  const drawn = lines.flatMap(({ name, points }, at) => {
    const colour = COLOURS[at % COLOURS.length]!;
    const places = points.map(([x, y]) => [round(xOf(x)), round(yOf(y))] as const);
    const end = places.at(-1);
    if (end === undefined) return [];
    const dots = places.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="4" fill="${colour}"/>`);
    return [
      `<path d="M${
        places.map(([x, y]) => `${x} ${y}`).join("L")
      }" fill="none" stroke="${colour}" stroke-width="2.5"/>`,
      ...dots,
      `<text x="${Number(end[0]) + 10}" y="${end[1]}" dy="4">${name}</text>`,
    ];
  });
  const middle = (LEFT + WIDTH - RIGHT) / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">`,
    "<style>text{font:13px system-ui,sans-serif;fill:#6e7781}.y{text-anchor:end}" +
    ".x,.t{text-anchor:middle}.t{font-weight:600}.grid{stroke:#6e7781;stroke-opacity:.25}</style>",
    `<text class="t" x="${middle}" y="24">${title}</text>`,
    ...marks,
    `<text class="x" x="${middle}" y="${HEIGHT - 12}">${across}</text>`,
    ...drawn,
    "</svg>",
    "",
  ].join("\n");
}

/** A round step that gives four to ten marks. */
function stepOf(most: number): number {
  const size = 10 ** Math.floor(Math.log10(most));
  return size * STEPS.find((step) => most / (size * step / 5) <= 8)! / 5;
}

/** "2 M", "500 k". */
function short(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toFixed(1))} M`;
  return value >= 1e3 ? `${Number((value / 1e3).toFixed(1))} k` : String(value);
}
