import type { Clock } from "../../clock/clock.ts";
import type { Connection } from "../../net/connection.ts";
import type { ReceiverMessage } from "../../protocol/transfer.ts";
import { quote } from "../../protocol/quote.ts";
import { Wire } from "../support/wire.ts";
import { type Answer, type Attack, BadSender, type SentContent } from "./attack.ts";

/** Where attacks are tried. */
export interface Target {
  /** Opens a connection to the receiver. */
  dial(): Promise<Connection>;
  /** Whose time is waited in. */
  readonly clock: Clock;
  /** Lets so much of it pass; less will do once the connection has ended. */
  pause(ms: number, ended: Promise<unknown>): Promise<void>;
  /** How long the receiver may take to answer, in milliseconds. */
  readonly patienceMs: number;
  /** The folder that names are put into: one for each run, so that runs do not meet. */
  readonly folder: string;
  /** What is shown in `hello`, where the receiver asks who one is. */
  readonly token?: string;
}

/** What came of an attack. */
export interface Outcome {
  /** What was read instead; undefined where all was right. */
  readonly failure: string | undefined;
  /** What the receiver says that it has saved, of the attack and of honest senders. */
  readonly saved: readonly { readonly savedAs: string; readonly content: string }[];
}

/** The number of the honest file on the attack's own connection: above all of the attack's. */
const HONEST_ID = 2 ** 40;
const HONEST = "an honest file\n";

/** What was heard on a connection, and how it ended. */
interface Heard {
  readonly messages: readonly ReceiverMessage[];
  /** `end` where the receiver closed in order; else what was read or thrown instead. */
  readonly ending: string;
  readonly sent: ReadonlyMap<number, SentContent>;
}

/**
 * Tries an attack, then whether an honest sender is still served, over a connection of its own.
 *
 * @param attack What is done.
 * @param target To whom.
 * @returns What came of it.
 */
export async function attempt(attack: Attack, target: Target): Promise<Outcome> {
  const attacked = await converse(target, attack.seconds ?? 0, async (sender) => {
    if (attack.greets !== false) await sender.hello();
    await attack.act(sender);
    if (attack.isLast === true) return;
    // Else a receiver that has let the attack pass would find fault with an early bye.
    await sender.cancel();
    await beHonest(sender);
  });
  const failure = judge(attack, attacked);
  if (failure !== undefined) return { failure, saved: [] };
  const after = await converse(target, 0, async (sender) => {
    await sender.hello();
    await beHonest(sender);
  });
  return {
    failure: wasServed(after)
      ? undefined
      : `all was right, but then an honest sender read: ${describe(after)}`,
    saved: [attacked, after].flatMap(({ messages, sent }) =>
      messages.flatMap((message) => {
        const content = message.type === "done" ? sent.get(message.payload.id)?.content : undefined;
        return message.type === "done" && content !== undefined
          ? { savedAs: message.payload.savedAs, content }
          : [];
      })
    ),
  };
}

async function beHonest(sender: BadSender): Promise<void> {
  const name = sender.named(`honest-${crypto.randomUUID()}`);
  await sender.file(name, HONEST, { id: HONEST_ID });
  await sender.wire.send("bye", { files: 1, bytes: HONEST.length });
}

/** Speaks on a connection of its own, and hears all that the receiver says. */
async function converse(
  { dial, clock, pause, patienceMs, folder, token }: Target,
  seconds: number,
  speak: (sender: BadSender) => Promise<unknown>,
): Promise<Heard> {
  using wire = Wire.sender(await dial());
  let late = false;
  using _patience = clock.after(seconds * 1_000 + patienceMs, () => {
    late = true;
    wire[Symbol.dispose]();
  });
  const messages: ReceiverMessage[] = [];
  const ended = hear(wire, messages);
  const sender = new BadSender(wire, folder, (ms) => pause(ms, ended), token);
  const speaking = speak(sender).catch((error) => {
    if (!isGone(error)) throw error;
  });
  const ending = await ended;
  wire[Symbol.dispose]();
  await speaking;
  return {
    messages,
    sent: sender.sent,
    ending: late ? `no end within ${patienceMs / 1_000} s` : ending,
  };
}

/** Gathers what is said until the end of the input; tells how it ended. */
async function hear(wire: Wire<ReceiverMessage>, messages: ReceiverMessage[]): Promise<string> {
  try {
    for (let said = await wire.receive(); said !== undefined; said = await wire.receive()) {
      messages.push(said);
    }
    return "end";
  } catch (error) {
    return error instanceof Error ? quote(error.message) : String(error);
  }
}

/** Whether a write failed because the receiver has ended the connection, as it should. */
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.NotConnected;
}

function judge(attack: Attack, heard: Heard): string | undefined {
  const { messages, ending } = heard;
  const answers = messages.filter((message): message is Answer =>
    ["refuse", "done", "error"].includes(message.type) && !isHonests(message)
  );
  const fatal = answers.some(({ type, payload }) => type === "error" && payload.id === undefined);
  const isRight = ending === "end" && attack.reads.isRight(answers) && areReceiptsTrue(heard) &&
    (fatal || attack.isLast === true || wasServed(heard));
  return isRight ? undefined : `read ${describe(heard)}; right is ${attack.reads.words}`;
}

function isHonests({ payload }: ReceiverMessage): boolean {
  return "id" in payload && payload.id === HONEST_ID;
}

/** Whether each receipt is for what was sent. */
function areReceiptsTrue({ messages, sent }: Heard): boolean {
  return messages.every(({ type, payload }) =>
    type !== "done" || payload.hash === sent.get(payload.id)?.hash
  );
}

/** Whether the honest file has its receipt, and the connection ended in order. */
function wasServed(heard: Heard): boolean {
  const { messages, ending } = heard;
  return ending === "end" && areReceiptsTrue(heard) &&
    messages.some((message) => message.type === "done" && isHonests(message)) &&
    messages.at(-1)?.type === "bye";
}

/** What was heard, on one line and safe to print. */
function describe({ messages, ending }: Heard): string {
  const MAX_SHOWN = 6;
  const said = messages.filter(({ type }) => !["welcome", "ping", "pong"].includes(type))
    .map((message) => {
      const { type, payload } = message;
      if (isHonests(message)) return `${type} (of the honest file)`;
      if (type === "done") return `done ${quote(payload.savedAs)}`;
      return "code" in payload ? `${type} ${quote(payload.code)}` : type;
    });
  const shown = said.slice(0, MAX_SHOWN);
  if (said.length > MAX_SHOWN) shown.push(`${said.length - MAX_SHOWN} more`);
  return [...shown, ending].join(", ");
}
