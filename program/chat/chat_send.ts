import type { SealedChat } from "../../client/sealed_chat.ts";
import { ProtocolError } from "../../codec/errors.ts";
import { fileSource } from "../../transfer/file_source.ts";
import { TransferMeter } from "../../transfer/progress.ts";
import { messageOf } from "./chat_failures.ts";
import { Failure } from "../failure.ts";
import { print } from "../output.ts";
import { receiptLine } from "../transfer/receipt_lines.ts";
import { untilStopped } from "../stop.ts";
import { TransferDisplay } from "../transfer/transfer_display.ts";

/** What is sent, and where. */
export interface SendOneOptions {
  /** The file; reading it is permitted. */
  readonly path: string;
  /** The room that the client is in. */
  readonly room: string;
  /** Whether standard output has the server's messages instead of the receipt. */
  readonly json: boolean;
}

/**
 * Sends one file to a room: uploads it, and says so with a message that bears it. Then standard output has
 * `sent NAME as ID/NAME BYTES bytes sha256=HEX`.
 *
 * @param client A chat that is connected; the caller closes it.
 * @param options What, and where to.
 * @throws {Failure} It was not sent.
 */
export async function sendOneFile(
  client: SealedChat,
  { path, room, json }: SendOneOptions,
): Promise<void> {
  const stop = new AbortController();
  untilStopped("stopping: the file is not sent").then(() =>
    stop.abort(new Failure("The sender was stopped"))
  );
  const choice = { json, progress: false, "no-progress": false };
  const meter = new TransferMeter();
  using _shown = new TransferDisplay("sent", choice, print).show(meter);
  try {
    const source = await fileSource(path);
    meter.expect(source.size);
    meter.expectNoMore();
    const [file] = await client.upload([source], {
      target: { room },
      signal: stop.signal,
      onProgress: (progress) => meter.moved(progress),
    });
    const { id, name, size, sha256 } = file!;
    await client.send(room, "", { files: [id] });
    if (json) return;
    const receipt = { name: source.name, savedAs: `${id}/${name}`, kind: "file", size } as const;
    print(receiptLine("sent", { ...receipt, hash: sha256, hashKind: "sha256", durable: "disk" }));
  } catch (error) {
    if (error instanceof Failure) throw error;
    const code = error instanceof ProtocolError ? "" : "the connection broke: ";
    throw new Failure(`Not sent: ${code}${messageOf(error)}`);
  }
}
