import { assert, assertEquals } from "@std/assert";
import { FileCards, fileLabel } from "../../terminal/file_cards.ts";

function file(id: string, name = "plan.pdf", size = 1_200_000) {
  return { id, name, size, type: "application/pdf", sha256: "0".repeat(64) };
}

Deno.test("FileCards numbers files as they are shown, and finds them by their numbers", () => {
  const cards = new FileCards();
  assertEquals(cards.card(file("a")), "[1] plan.pdf, 1.20 MB");
  assertEquals(cards.card(file("b", "b.txt", 7)), "[2] b.txt, 7 B");
  assertEquals(cards.find(2)?.id, "b");
  assertEquals(cards.find(3), undefined);
  assertEquals(cards.files.map(({ id }) => id), ["a", "b"]);
});

Deno.test("FileCards keeps the number of a file that is shown again", () => {
  const cards = new FileCards();
  cards.card(file("a"));
  cards.card(file("b"));
  assertEquals(cards.card(file("a")), "[1] plan.pdf, 1.20 MB");
  assertEquals(cards.files.length, 2);
});

Deno.test("FileCards forgets the oldest numbers and gives none twice", () => {
  const cards = new FileCards();
  for (let at = 1; at <= 10_001; at++) cards.card(file(String(at)));
  assertEquals([cards.find(1), cards.find(2)?.id, cards.files.length], [undefined, "2", 10_000]);
  assert(cards.card(file("1")).startsWith("[10002]"));
});

Deno.test("fileLabel makes a peer's name safe to print", () => {
  assertEquals(fileLabel(file("a", "a\x1b[2J\n\u202eb", 0)), "a␛[2J␊b, 0 B");
});
