import { ExternalEditor } from "../../../program/chat/external_editor.ts";
import { Failure } from "../../../program/failure.ts";

// Edits a text in the editor of the environment: `editing_program.ts FOLDER`. Tells what came of it as JSON.
const [folder = "."] = Deno.args;
try {
  await using editor = new ExternalEditor(folder);
  const edited = await editor.edit("one\ntwo");
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify({ edited: edited ?? null })));
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify({ failure: error.message })));
}
