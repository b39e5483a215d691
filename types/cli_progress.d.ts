/** Types of what Parley uses of cli-progress 3, which has none of its own. */

declare module "cli-progress" {
  /** What a bar writes to: a terminal, as far as cli-progress looks at it. */
  export interface BarStream {
    readonly isTTY: boolean;
    /** Cells of a line, as of now. */
    readonly columns: number;
    write(text: string, done?: () => void): boolean;
  }
  export interface BarOptions {
    readonly stream?: BarStream;
    /** Draws a second, at most. */
    readonly fps?: number;
    readonly barsize?: number;
    readonly barCompleteChar?: string;
    readonly barIncompleteChar?: string;
    /** Draws though nothing has changed. */
    readonly forceRedraw?: boolean;
    /** Leaves the terminal's wrapping of lines as it is. */
    readonly linewrap?: boolean;
    readonly hideCursor?: boolean;
    /** The line, made whenever it is drawn. */
    readonly format?: (options: Readonly<FormatOptions>) => string;
  }
  /** The options with what was worked out from them. */
  export interface FormatOptions extends BarOptions {
    readonly barsize: number;
    readonly barCompleteString: string;
    readonly barIncompleteString: string;
    readonly barGlue: string;
  }
  export class SingleBar {
    constructor(options: BarOptions);
    on(event: "redraw-pre" | "redraw-post", listener: () => void): this;
    /** Begins to draw, again and again until `stop`. */
    start(total: number, startValue: number): void;
    /** Draws now. */
    render(): void;
    stop(): void;
  }
  const cliProgress: {
    readonly SingleBar: typeof SingleBar;
    readonly Format: {
      /** The bar alone, `barsize` cells wide. */
      BarFormat(fraction: number, options: Readonly<FormatOptions>): string;
    };
  };
  export default cliProgress;
}
