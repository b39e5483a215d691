/** Red, green and blue, 0 to 255 each. */
export type Rgb = readonly [number, number, number];

/** The steps of a channel in xterm's cube of 6 x 6 x 6 colours (256colres.pl of xterm). */
const STEPS = [0, 95, 135, 175, 215, 255] as const;

/** One of xterm's 256 colours, from 16 on: those before are the terminal's owner's. */
export function rgbOf(colour: number): Rgb {
  if (colour < 16 || colour > 255) throw new RangeError(`${colour} may be any colour`);
  if (colour >= 232) {
    const grey = 8 + (colour - 232) * 10;
    return [grey, grey, grey];
  }
  const at = colour - 16;
  return [STEPS[Math.floor(at / 36)]!, STEPS[Math.floor(at / 6) % 6]!, STEPS[at % 6]!];
}

/** `#1e1e1e`. */
export function rgbOfHex(hex: string): Rgb {
  const channel = (at: number) => parseInt(hex.slice(at, at + 2), 16);
  return [channel(1), channel(3), channel(5)];
}

function linear(channel: number): number {
  const value = channel / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** WCAG 2.2, relative luminance: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map(linear) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** WCAG 2.2, contrast ratio, 1 to 21: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
export function contrast(one: Rgb, other: Rgb): number {
  const [lighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter! + 0.05) / (darker! + 0.05);
}

/** Björn Ottosson, "A perceptual color space for image processing" (2020). */
function oklab(colour: Rgb): Rgb {
  const [red, green, blue] = colour.map(linear) as [number, number, number];
  const long = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const medium = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const short = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short,
    1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short,
    0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short,
  ];
}

/** How different two colours look: black and white are 1 apart, 0.02 is about what can be seen at all. */
export function distance(one: Rgb, other: Rgb): number {
  const [a, b] = [oklab(one), oklab(other)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** The hue of a colour, in degrees from -180 to 180. */
export function hue(colour: Rgb): number {
  const [, a, b] = oklab(colour);
  return Math.atan2(b, a) * 180 / Math.PI;
}
