/**
 * Runs the `age` program (Debian's package `age`), which knows nothing of this one.
 *
 * @param args Its arguments.
 * @param input Its standard input.
 * @returns Its standard output.
 * @throws {Error} It failed; the text is what it said.
 */
export async function age(
  args: readonly string[],
  input: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const child = new Deno.Command("age", {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // It ends early where it cannot open what it is given.
  const writing = writer.write(input).then(() => writer.close()).catch(() => {});
  const { success, stdout, stderr } = await child.output();
  await writing;
  if (!success) throw new Error(`age failed: ${new TextDecoder().decode(stderr)}`);
  return stdout;
}
