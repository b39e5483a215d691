// Writes what follows from the schemas: the payload interfaces, the tables of docs/PROTOCOL.md, and
// docs/openapi.json; the commands in README.md and docs/COMMANDS.md; and what the page has of packages.
// `deno task generate` writes them, `deno task generate --check` fails where they are out of date.
// deno-lint-ignore-file no-console -- a program for people
import type { TSchema } from "@sinclair/typebox";
import { VERSION } from "../program/version.ts";
import { ERROR_CODES } from "../protocol/error_codes.ts";
import { chatMessageSchemas, chatRequestSchemas } from "../protocol/schemas/chat.ts";
import { receiverSchemas, senderSchemas } from "../protocol/schemas/transfer.ts";
import { apiDescription } from "../web/openapi.ts";
import { bundleAge } from "./bundle_age.ts";
import { commandDocuments } from "./command_documents.ts";
import { replacePart } from "./replace_part.ts";

type Schemas = Readonly<Record<string, TSchema>>;

interface Module {
  readonly path: string;
  readonly about: string;
  /** The union type's name, what it is, its messages. */
  readonly unions: readonly (readonly [string, string, Schemas])[];
}

const MODULES: readonly Module[] = [{
  path: "protocol/chat.ts",
  about: "The messages of the chat protocol.",
  unions: [
    ["ChatRequest", "What a client may send to a chat server.", chatRequestSchemas],
    ["ChatMessage", "What a chat server may send to a client.", chatMessageSchemas],
  ],
}, {
  path: "protocol/transfer.ts",
  about: "The messages of the transfer protocol.",
  unions: [
    ["SenderMessage", "What the sending side may say.", senderSchemas],
    ["ReceiverMessage", "What the receiving side may say.", receiverSchemas],
  ],
}];

/** As in deno.json. */
const LINE_WIDTH = 100;

/** The TypeScript type of a schema, of the few kinds that the schemas use. */
function typeOf(schema: TSchema, indent: string): string {
  // What has a name of its own is an interface of its own.
  if (schema.title !== undefined && indent !== "") return schema.title;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf) {
    return schema.anyOf.map((member: TSchema) => typeOf(member, indent)).join(" | ");
  }
  if (schema.type === "integer" || schema.type === "number") return "number";
  if (schema.type === "array") {
    const item = typeOf(schema.items, indent);
    return `readonly ${/[|{]/.test(item) ? `(${item})` : item}[]`;
  }
  if (schema.type === "object" && schema.patternProperties) {
    const [value] = Object.values<TSchema>(schema.patternProperties);
    return `Readonly<Record<string, ${typeOf(value!, indent)}>>`;
  }
  if (schema.type === "object") return `{\n${fieldsOf(schema, indent + "  ")}${indent}}`;
  return schema.type;
}

function fieldsOf(schema: TSchema, indent: string): string {
  const required = new Set<string>(schema.required ?? []);
  return Object.entries<TSchema>(schema.properties).map(([name, field]) => {
    const described = field.description ? `${indent}/** ${field.description} */\n` : "";
    const declared = `${indent}readonly ${name}${required.has(name) ? "" : "?"}:`;
    return `${described}${declared}${fitted(typeOf(field, indent), declared.length, indent)};\n`;
  }).join("");
}

/** A type behind what is so long already: as `deno fmt` has it, a union that is too long for a line has several. */
function fitted(type: string, before: number, indent: string): string {
  const isShort = before + type.length + 2 <= LINE_WIDTH;
  if (isShort || type.includes("\n") || !/^"[^"]*"( \| "[^"]*")+$/.test(type)) return ` ${type}`;
  return type.split(" | ").map((member) => `\n${indent}  | ${member}`).join("");
}

/** What has a name of its own in a schema: what is inside it first, then itself. */
function titled(schema: TSchema): TSchema[] {
  const inside: TSchema[] = [
    ...Object.values<TSchema>(schema.properties ?? {}),
    ...schema.items === undefined ? [] : [schema.items],
    ...schema.anyOf ?? [],
  ];
  return [...inside.flatMap(titled), ...schema.title === undefined ? [] : [schema]];
}

function moduleText({ about, unions }: Module): string {
  const interfaces = new Map<string, string>();
  for (const [, , schemas] of unions) {
    for (const schema of Object.values(schemas).flatMap(titled)) {
      interfaces.set(
        schema.title!,
        `/** ${schema.description} */\nexport interface ${schema.title} {\n${
          fieldsOf(schema, "  ")
        }}\n`,
      );
    }
  }
  const unionTexts = unions.map(([name, doc, schemas]) =>
    `/** ${doc} */\nexport type ${name} =\n` +
    Object.entries(schemas).map(([type, schema]) =>
      `  | { readonly type: "${type}"; readonly payload: ${schema.title} }\n`
    ).join("").replace(/\n$/, ";\n")
  );
  return `/**\n * ${about}\n *\n * Generated from protocol/schemas/ by \`deno task generate\`: change it there.\n *\n * @module\n */\n\n` +
    [...interfaces.values(), ...unionTexts].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function tableOf(schemas: Schemas): string {
  const rows = Object.entries(schemas).map(([type, schema]) => {
    const required = new Set<string>(schema.required ?? []);
    const fields = Object.entries<TSchema>(schema.properties).map(([name, field]) => {
      const type = typeOf(field, "").replaceAll(/\s*\/\*\*.*?\*\/\s*/g, " ").replaceAll("\n", " ")
        .replaceAll("readonly ", "").replaceAll(/\s+/g, " ");
      return `\`${name}${required.has(name) ? "" : "?"}\`: ${cell(type)}. ${
        cell(field.description ?? "")
      }`;
    });
    return `| \`${type}\` | ${cell(schema.description ?? "")} | ${fields.join("<br>")} | ${
      cell(schema.answer ?? "")
    } |`;
  });
  return ["| type | what it is | payload | answer |", "|---|---|---|---|", ...rows].join("\n");
}

function errorTable(): string {
  const rows = Object.entries(ERROR_CODES).map(([code, { fatal, meaning }]) =>
    `| \`${code}\` | ${fatal ? "yes" : "no"} | ${cell(meaning)} |`
  );
  return ["| code | ends the connection | meaning |", "|---|---|---|", ...rows].join("\n");
}

const root = new URL("../", import.meta.url);
const check = Deno.args.includes("--check");
const outputs = new Map(MODULES.map((module) => [module.path, moduleText(module)]));
const documentPath = "docs/PROTOCOL.md";
let document = await Deno.readTextFile(new URL(documentPath, root));
for (
  const [name, part] of [
    ["chat requests", tableOf(chatRequestSchemas)],
    ["chat messages", tableOf(chatMessageSchemas)],
    ["sender messages", tableOf(senderSchemas)],
    ["receiver messages", tableOf(receiverSchemas)],
    ["error codes", errorTable()],
  ] as const
) document = replacePart(documentPath, document, name, part);
outputs.set(documentPath, document);
for (const [path, parts] of commandDocuments()) {
  let text = await Deno.readTextFile(new URL(path, root));
  for (const [name, part] of Object.entries(parts)) text = replacePart(path, text, name, part);
  outputs.set(path, text);
}
outputs.set("docs/openapi.json", `${JSON.stringify(apiDescription(VERSION), undefined, 2)}\n`);
outputs.set("web/page/vendor/age_encryption.js", await bundleAge());

for (const [path, text] of outputs) {
  const file = new URL(path, root);
  const found = await Deno.readTextFile(file).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  if (found === text) continue;
  if (check) {
    console.error(`${path} does not follow from what it is made of: run "deno task generate"`);
    Deno.exitCode = 1;
  } else {
    await Deno.writeTextFile(file, text);
    console.log(`wrote ${path}`);
  }
}
