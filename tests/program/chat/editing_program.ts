import { editElsewhere } from "../../../program/chat/external_editor.ts";
import { Failure } from "../../../program/failure.ts";

// Edits a text in the editor of the environment: `editing_program.ts FOLDER`. Tells what came of it as JSON.
const [folder = "."] = Deno.args;
try {
  const edited = await editElsewhere("one\ntwo", folder);
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify({ edited: edited ?? null })));
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify({ failure: error.message })));
}
