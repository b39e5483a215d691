import type { EventLog } from "../../log/event_log.ts";
import type { Registry } from "../../registry/registry.ts";
import { DataFolder, type DataFolderOptions } from "../../server/data_folder.ts";
import { TempFolder } from "./temp.ts";

/** A log whose `close` also closes the data folder that is its own, and removes it. */
export async function diskLog(options: DataFolderOptions): Promise<EventLog> {
  const temp = new TempFolder();
  const folder = await DataFolder.open(temp.path, options);
  const { log } = folder;
  const close = once(async () => {
    await folder.close();
    await temp[Symbol.asyncDispose]();
  });
  return {
    idWindowMs: log.idWindowMs,
    append: (entries) => log.append(entries),
    redact: (redaction) => log.redact(redaction),
    read: (stream, which) => log.read(stream, which),
    state: (stream, after) => log.state(stream, after),
    search: (which) => log.search(which),
    tail: (onCommitted) => log.tail(onCommitted),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The same of a registry. */
export async function diskRegistry(options: DataFolderOptions): Promise<Registry> {
  const temp = new TempFolder();
  const folder = await DataFolder.open(temp.path, options);
  const { registry } = folder;
  const close = once(async () => {
    await folder.close();
    await temp[Symbol.asyncDispose]();
  });
  return {
    get: (key) => registry.get(key),
    put: (key, value, revision, leaseMs) => registry.put(key, value, revision, leaseMs),
    list: (prefix) => registry.list(prefix),
    watch: (prefix, signal) => registry.watch(prefix, signal),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => done ??= work();
}
