import { assertEquals } from "@std/assert";
import { fitsBehind, messageRows } from "../../terminal/message_rows.ts";

const layout = { head: "ann: ", columns: Infinity, indent: 3, bar: "| " };
const rowsOf = (texts: readonly string[], columns = Infinity) =>
  messageRows(texts.map((text) => ({ text })), { ...layout, columns });

Deno.test("messageRows puts further lines behind the bar", () => {
  assertEquals(rowsOf(["one", "", "two"]), ["ann: one", "   | ", "   | two"]);
});

Deno.test("messageRows breaks lines where the width is known, and leaves the last cell free (I1)", () => {
  assertEquals(rowsOf(["one two three four"], 14), ["ann: one two", "   | three", "   | four"]);
  assertEquals(rowsOf(["12345678"], 14), ["ann: 12345678"]);
  assertEquals(rowsOf(["123456789"], 14), ["ann: 123456789"]);
  assertEquals(rowsOf(["漢字漢字漢"], 14), ["ann: 漢字漢字", "   | 漢"]);
});

Deno.test("messageRows does not count the colours of what stands before", () => {
  const head = "\x1b[1mann\x1b[22m: ";
  assertEquals(messageRows([{ text: "one two" }], { ...layout, head, columns: 13 }), [
    `${head}one two`,
  ]);
});

Deno.test("messageRows has each part drawn as its line wants", () => {
  const text = "one two";
  const style = ({ from, to }: { readonly from: number; readonly to: number }) =>
    `<${text.slice(from, to)}>`;
  assertEquals(messageRows([{ text, style }], { ...layout, columns: 10 }), [
    "ann: <one>",
    "   | <two>",
  ]);
});

Deno.test("fitsBehind says whether something fits behind a row", () => {
  assertEquals(
    [fitsBehind("12345", "67", 8), fitsBehind("12345", "678", 8), fitsBehind("x", "y", Infinity)],
    [true, false, true],
  );
});

Deno.test("messageRows counts what stands before, and behind, as the terminal does that draws widest (I1)", () => {
  const layout = { head: "नमस्ते: ", columns: 20, indent: 4, bar: "| " };
  assertEquals(messageRows([{ text: "one two xyz" }], layout), ["नमस्ते: one two xyz"]);
  assertEquals(messageRows([{ text: "one two wxyz" }], layout), ["नमस्ते: one two", "    | wxyz"]);
  assertEquals(fitsBehind("e\u0301".repeat(5), " #77", 15), true);
  assertEquals(fitsBehind("e\u0301".repeat(6), " #77", 15), false);
});
