import { assert, assertEquals } from "@std/assert";
import { Kind } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { FileStore } from "../../files/file_store.ts";
import { Hub } from "../../chat/hub.ts";
import { memoryLog } from "../../log/memory.ts";
import { VERSION } from "../../program/version.ts";
import { memoryRegistry } from "../../registry/memory.ts";
import { apiRoutes } from "../../web/api_routes.ts";
import { fileRoutes } from "../../web/file_routes.ts";
import { apiDescription } from "../../web/openapi.ts";
import { openWebHouse } from "../support/web_house.ts";

// deno-lint-ignore no-explicit-any -- a document without a type
type Document = any;

const METHODS = ["get", "post", "put", "patch", "delete", "head", "options"];

/** Everything in a document under a key, wherever it is. */
function* under(value: unknown, key: string): Generator<Document> {
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (name === key) yield inner;
    yield* under(inner, key);
  }
}

Deno.test("every route of the API is described, and nothing else", async () => {
  await using hub = new Hub({ log: memoryLog(), registry: memoryRegistry() });
  const routes = {
    ...apiRoutes({ hub, admit: () => ({ [Symbol.dispose]() {} }), version: "1" }),
    // Nothing is asked of it here.
    ...fileRoutes({ files: {} as FileStore, grant: () => Promise.reject() }),
  };
  const { paths }: Document = apiDescription("1");
  const described = Object.entries<Document>(paths).flatMap(([path, item]) =>
    Object.keys(item).filter((key) => METHODS.includes(key))
      .map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`)
  );
  assertEquals(described.sort(), Object.keys(routes).sort());
});

Deno.test("every part of a path is described where the path is", () => {
  const { paths }: Document = apiDescription("1");
  for (const [path, item] of Object.entries<Document>(paths)) {
    for (const { parameters = [] } of Object.values<Document>(item)) {
      const named = parameters.filter((parameter: Document) => parameter.in === "path")
        .map((parameter: Document) => `{${parameter.name}}`);
      assertEquals(named, path.match(/\{\w+\}/g) ?? [], path);
    }
  }
});

Deno.test("every example is one, and every reference leads somewhere", () => {
  const document: Document = apiDescription("1");
  const { schemas } = document.components;
  const contents: Document[] = [...under(document.paths, "application/json")];
  const refs = contents.filter(({ schema }) => "$ref" in schema);
  assert(refs.length > 10);
  for (const { schema, example } of refs) {
    const name = schema.$ref.replace("#/components/schemas/", "");
    // TypeBox checks schemas of its own only, which bear what they are made of.
    assert(Kind in schemas[name], name);
    assertEquals([...Value.Errors(schemas[name], example)], [], name);
    assertEquals(Value.Check(schemas[name], {}), false, `${name} asks for something`);
  }
});

Deno.test("docs/openapi.json is what the server tells of itself", async () => {
  const file = await Deno.readTextFile(new URL("../../docs/openapi.json", import.meta.url));
  assertEquals(JSON.parse(file), JSON.parse(JSON.stringify(apiDescription(VERSION))));
  await using house = await openWebHouse();
  const response = await fetch(`${house.url}api/openapi.json`);
  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals(await response.json(), JSON.parse(JSON.stringify(apiDescription("1.2.3"))));
});
