import { assertEquals } from "@std/assert";
import { browserTest, enter, say, visit } from "../support/browser.ts";
import { openTerminal } from "../support/client_terminal.ts";
import { sha256Of } from "../support/file_house.ts";
import { Program } from "../support/process.ts";
import { noise, TempFolder } from "../support/temp.ts";

/** The real server, with both of its ports. */
async function startServer(data: string) {
  const program = Program.start("server.ts", [
    ...["--port", "0", "--web-port", "0", "--data", data, "--log-level", "error"],
  ], { deno: ["-P=server", `--allow-read=${data}`, `--allow-write=${data}`] });
  const [, port] = await program.line(/^chat listening on 127\.0\.0\.1:(\d+)$/);
  const [, url] = await program.line(/^web listening on (\S+)$/);
  return { program, port: Number(port), url: url! };
}

browserTest(
  "two pages and a terminal talk, and a file goes from a page to the terminal and back with the same hash",
  async (browser) => {
    await using temp = new TempFolder();
    const { program, port, url } = await startServer(temp.file("data"));
    await using _program = program;
    await using ann = await visit(browser, url);
    await using cy = await visit(browser, url);
    await Deno.mkdir(temp.file("bob"));
    await using bob = openTerminal(temp, { port }, "bob", {
      folders: [temp.file("bob")],
      cwd: temp.file("bob"),
    });
    await bob.untilLine("You are in lobby");
    await enter(ann, "ann");
    await enter(cy, "cy");
    const sees = (page: typeof ann.page, text: string) =>
      page.locator(".message .text", { hasText: text }).waitFor();

    await say(ann, "hello from a page");
    await bob.untilLine("ann: hello from a page");
    await bob.type("hello from a terminal\r");
    for (const { page } of [ann, cy]) await sees(page, "hello from a terminal");
    await bob.type("/msg ann only for you\r");
    await ann.page.locator("#people").getByText("bob").waitFor();

    const bytes = noise(2_000_003);
    await ann.page.locator("#chooser").setInputFiles([await temp.write("plan.bin", bytes)]);
    await say(ann, "the plan");
    await bob.untilLine("[1] plan.bin, 2.00 MB");
    await bob.type("/get 1\r");
    await bob.untilLine("Saved plan.bin as");
    const sha256 = await sha256Of(await Deno.readFile(temp.file("bob/recv-plan.bin")));
    assertEquals(sha256, await sha256Of(bytes));

    await bob.type("/send recv-plan.bin\r");
    const card = cy.page.locator(".file", { hasText: "recv-plan.bin" });
    await card.getByText(`SHA-256 ${sha256.slice(0, 8)}`).waitFor();
    const download = cy.page.waitForEvent("download");
    await card.getByRole("link").click();
    await (await download).saveAs(temp.file("back"));
    assertEquals(await sha256Of(await Deno.readFile(temp.file("back"))), sha256);
    assertEquals([ann.faults, cy.faults], [[], []]);
  },
);
