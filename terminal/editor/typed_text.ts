/**
 * Makes a text what somebody can type: newlines are `\n`, and of control characters only newlines and tabs stay.
 *
 * @param text A paste, a file that was edited, a completion.
 * @returns Well-formed text.
 */
export function asTyped(text: string): string {
  return text.toWellFormed()
    .replaceAll(/\r\n?/g, "\n")
    // deno-lint-ignore no-control-regex -- keys that nobody pressed
    .replaceAll(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "");
}
