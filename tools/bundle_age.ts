// age for browsers, as one file: the packages name their modules in a way that browsers do not know.

const root = new URL("../", import.meta.url);

/**
 * Bundles what tools/age_for_browsers.js names, with the licences of what is in it before it.
 *
 * @returns The text of web/page/vendor/age_encryption.js.
 * @throws {Error} It could not be bundled; the text is what Deno said.
 */
export async function bundleAge(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("deno", {
    args: ["bundle", "-q", "--platform", "browser", "--minify", "tools/age_for_browsers.js"],
    cwd: root,
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (!success) {
    throw new Error(`age cannot be bundled for browsers: ${new TextDecoder().decode(stderr)}`);
  }
  const licences = await Deno.readTextFile(new URL("tools/age_licences.txt", root));
  const head = "Made by `deno task generate` from tools/age_for_browsers.js: change it there.";
  const comment = `${head}\n\n${licences}`.trimEnd().split("\n").map((line) =>
    ` * ${line}`.trimEnd()
  );
  // Types are those of the package.
  return `// @ts-nocheck\n/**\n${comment.join("\n")}\n */\n${
    new TextDecoder().decode(stdout).trimEnd()
  }\n`;
}
