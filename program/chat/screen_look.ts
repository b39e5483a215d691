import { MONO, PLAIN, type Style } from "../../terminal/style.ts";
import { backgroundOf, styleOf, type Theme } from "../../terminal/themes.ts";

/**
 * How things stand out on this terminal.
 *
 * @param theme What somebody has chosen; `auto` goes by `COLORFGBG`, where it may be read.
 * @param isPlain Whether nothing but text is wanted.
 * @returns Text alone where it is plain, no colours where `NO_COLOR` is set.
 */
export function screenLook(theme: Theme, isPlain: boolean): Style {
  if (isPlain) return PLAIN;
  if (Deno.noColor) return MONO;
  return styleOf(theme, theme === "auto" ? backgroundOf(colours()) : undefined);
}

function colours(): string | undefined {
  const variable = "COLORFGBG";
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : undefined;
}
