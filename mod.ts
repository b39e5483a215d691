/**
 * Parley: chat and file transfer for Deno, as parts to build with.
 *
 * - {@link ChatServer} and {@link ChatClient}: chat over TCP.
 * - {@link sendFiles} and {@link receiveFiles}: files over any {@link Connection}.
 * - {@link FrameDecoder}, {@link encodeFrame} and the web streams: the codec.
 * - {@link EventLog}, {@link Registry}, {@link Connection}, {@link Clock}: the ports.
 *
 * @module
 */

export { type Clock, systemClock } from "./clock/clock.ts";

export * from "./codec/decoder.ts";
export * from "./codec/encoder.ts";
export * from "./codec/errors.ts";
export * from "./codec/frame.ts";
export * from "./codec/streams.ts";

export * from "./protocol/bearer.ts";
export * from "./protocol/chat.ts";
export type { Hello, Offer } from "./protocol/transfer.ts";

export * from "./identity/device_key.ts";
export { fingerprint } from "./identity/fingerprint.ts";
export * from "./identity/key_list.ts";
export * from "./sealed/age_identity.ts";
export * from "./identity/password_hash.ts";

export * from "./net/certificate.ts";
export * from "./net/certificate_fingerprint.ts";
export * from "./net/certificate_error.ts";
export * from "./net/connection.ts";
export * from "./net/memory.ts";
export * from "./net/rate_limit.ts";
export * from "./net/tcp.ts";
export * from "./net/tls.ts";
export * from "./net/tls_dial.ts";
export * from "./net/tls_trust.ts";

export * from "./log/commit_meter.ts";
export * from "./log/event_log.ts";
export * from "./log/log_observer.ts";
export * from "./log/memory.ts";
export type { KeepOptions } from "./log/sqlite.ts";
export * from "./registry/memory.ts";
export * from "./registry/registry.ts";

export type { AccessRules, Guests } from "./chat/access.ts";
export type { SharedFiles } from "./chat/shared_files.ts";
export { DEFAULT_LIMITS, type Limits } from "./chat/limits.ts";
export * from "./server/back_up.ts";
export type { BackedUpFiles } from "./server/back_up_files.ts";
export type { ChatFiles } from "./server/chat_files.ts";
export type { Grant } from "./chat/grants.ts";
export type { ChatStatistics } from "./chat/statistics.ts";
export type { MetricsSource } from "./server/chat_metrics.ts";
export * from "./server/chat_server.ts";
export * from "./server/data_folder.ts";
export * from "./server/event_loop_lag.ts";
export type { HealthSource } from "./server/health.ts";
export * from "./server/status_routes.ts";
export * from "./server/web_routes.ts";
export * from "./sqlite/database_error.ts";
export * from "./web/file_routes.ts";
export * from "./web/origin.ts";
export * from "./web/web_server.ts";

export type { TakenPage } from "./client/answers.ts";
export * from "./client/chat_client.ts";
export * from "./client/disconnected.ts";
export * from "./client/events.ts";
export type { SignedRecipient } from "./client/key_holder.ts";
export type { LinkOffer } from "./client/link_offer.ts";
export type {
  DownloadedFile,
  DownloadOptions,
  FileTransferOptions,
  UploadedFile,
} from "./client/file_transfers.ts";
export type { ChatClientOptions } from "./client/options.ts";
export { type DeviceIdentity, KeyFile, KeyFileError } from "./client/key_file.ts";
export * from "./client/sealed_chat.ts";
export * from "./client/sealed_store.ts";
export * from "./files/file_store.ts";
export * from "./files/file_upload.ts";
export * from "./transfer/file_source.ts";
export * from "./transfer/folder_inbox.ts";
export type { MeasureFree } from "./transfer/free_space.ts";
export * from "./transfer/hash.ts";
export * from "./transfer/inbox.ts";
export type { LinkOptions } from "./transfer/link.ts";
export * from "./transfer/opening_inbox.ts";
export * from "./transfer/pipe_source.ts";
export * from "./transfer/progress.ts";
export * from "./transfer/receiver.ts";
export * from "./transfer/sealed_source.ts";
export * from "./transfer/sender.ts";
export * from "./transfer/sink_inbox.ts";
export * from "./transfer/source.ts";
export * from "./transfer/transferred_file.ts";
export * from "./transfer/walk.ts";
