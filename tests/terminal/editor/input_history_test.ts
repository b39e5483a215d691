import { assertEquals } from "@std/assert";
import { HistorySearch } from "../../../terminal/editor/history_search.ts";
import { InputHistory } from "../../../terminal/editor/input_history.ts";

/** A history with these lines. */
function open(...entries: string[]) {
  const kept = [...entries];
  const history = new InputHistory({ entries: kept, add: (line) => void kept.push(line) });
  return { history, kept };
}

Deno.test("InputHistory goes up and down, and keeps what is half typed and what was changed (I1)", () => {
  const { history } = open("one", "two");
  assertEquals(history.up("half"), "two");
  assertEquals(history.up("two!"), "one");
  assertEquals(history.up("one"), undefined);
  assertEquals(history.down("one"), "two!");
  assertEquals(history.down("two!"), "half");
  assertEquals(history.down("half"), undefined);
  history.enter("new");
  assertEquals(history.up(""), "new");
  assertEquals(history.up("new"), "two");
});

Deno.test("InputHistory keeps no blank line, and none twice in a row", () => {
  const { history, kept } = open();
  for (const line of ["", " ", "a", "a", "b", "a"]) history.enter(line);
  assertEquals(kept, ["a", "b", "a"]);
});

Deno.test("InputHistory finds lines that begin alike", () => {
  const { history } = open("/join a", "hello", "/join b");
  assertEquals(history.match("/j", "/j", -1), "/join b");
  assertEquals(history.match("/join b", "/j", -1), "/join a");
  assertEquals(history.match("/join a", "/j", -1), undefined);
  assertEquals(history.match("/join a", "/j", 1), "/join b");
  assertEquals(history.match("/join b", "/j", 1), "/j");
});

Deno.test("HistorySearch finds the newest line with what is typed, then older ones", () => {
  const search = new HistorySearch(open("a tea", "coffee", "tea b").history);
  assertEquals([search.older(), search.line], [false, undefined]);
  assertEquals([search.type("te"), search.line], [true, "tea b"]);
  assertEquals([search.type("a"), search.line], [true, "tea b"]);
  assertEquals([search.older(), search.line], [true, "a tea"]);
  assertEquals([search.older(), search.line], [false, "a tea"]);
  assertEquals([search.type("x"), search.line, search.query], [false, "a tea", "teax"]);
  for (let press = 0; press < 3; press++) search.deleteLeft();
  assertEquals([search.query, search.line], ["t", "tea b"]);
  search.deleteLeft();
  assertEquals([search.query, search.line], ["", undefined]);
});
