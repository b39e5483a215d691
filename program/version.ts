/** Parley's version, as deno.json has it (a test compares both). */
export const VERSION = "0.1.0";
