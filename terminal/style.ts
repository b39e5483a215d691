/** How a terminal makes text stand out; on anything else it does not. */
export interface Style {
  /** For what matters less: times, numbers, notices. */
  readonly dim: (text: string) => string;
  /** For names. */
  readonly strong: (text: string) => string;
  /** For private messages. */
  readonly private: (text: string) => string;
  /** For what went wrong. */
  readonly alarm: (text: string) => string;
}

const sgr = (on: number, off: number) => (text: string) => `\x1b[${on}m${text}\x1b[${off}m`;

/** With the terminal's own colours, which its owner has chosen for enough contrast. */
export const COLOURS: Style = {
  dim: sgr(2, 22),
  strong: sgr(1, 22),
  private: sgr(35, 39),
  alarm: sgr(31, 39),
};

const same = (text: string) => text;

/** Text only. */
export const PLAIN: Style = { dim: same, strong: same, private: same, alarm: same };
