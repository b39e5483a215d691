import type { Static, TSchema } from "@sinclair/typebox";
import type { ChatMessage, ChatRequest } from "../../protocol/chat.ts";
import type { chatMessageSchemas, chatRequestSchemas } from "../../protocol/schemas/chat.ts";
import type { receiverSchemas, senderSchemas } from "../../protocol/schemas/transfer.ts";
import type { ReceiverMessage, SenderMessage } from "../../protocol/transfer.ts";

// This file is checked, not run: it does not compile where a generated interface and the type of its
// schema differ.

/** The same type with everything read-only, which is how the interfaces are generated. */
type Fixed<T> = T extends readonly (infer U)[] ? readonly Fixed<U>[]
  : T extends object ? { readonly [K in keyof T]: Fixed<T[K]> }
  : T;

/** What a union of messages must be, by its schemas. */
type Payloads<S extends Record<string, TSchema>> = { [K in keyof S]: Fixed<Static<S[K]>> };

/** What it is. */
type Generated<M extends { type: string; payload: unknown }> = {
  [K in M["type"]]: Fixed<Extract<M, { type: K }>["payload"]>;
};

/** `true` only for types that nothing can tell apart. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

/** For each type, whether schema and interface agree. */
type Agreement<A, B> = { [K in keyof A | keyof B]: Equal<A[K & keyof A], B[K & keyof B]> };

type AllTrue<T> = T[keyof T] extends true ? true
  : { [K in keyof T as T[K] extends true ? never : K]: T[K] };

const agrees: {
  chatRequest: AllTrue<Agreement<Payloads<typeof chatRequestSchemas>, Generated<ChatRequest>>>;
  chatMessage: AllTrue<Agreement<Payloads<typeof chatMessageSchemas>, Generated<ChatMessage>>>;
  sender: AllTrue<Agreement<Payloads<typeof senderSchemas>, Generated<SenderMessage>>>;
  receiver: AllTrue<Agreement<Payloads<typeof receiverSchemas>, Generated<ReceiverMessage>>>;
} = { chatRequest: true, chatMessage: true, sender: true, receiver: true };

/** The comparison itself must be able to fail. */
const differs: {
  missing: Equal<{ readonly a: 1; readonly b?: 2 }, { readonly a: 1 }>;
  optional: Equal<{ readonly a?: 1 }, { readonly a: 1 }>;
  wider: Equal<{ readonly a: string }, { readonly a: "x" }>;
} = { missing: false, optional: false, wider: false };

Deno.test("The generated interfaces are the types of the schemas (checked when this compiles)", () => {
  void agrees;
  void differs;
});
