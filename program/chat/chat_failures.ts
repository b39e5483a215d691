import { ProtocolError } from "../../codec/errors.ts";
import { CertificateError } from "../../net/certificate_error.ts";
import { type Address, formatAddress } from "../../net/tcp.ts";
import { escapeText } from "../../terminal/escape.ts";

/**
 * Why a chat server could not be reached, and what to check.
 *
 * @param address Where it was looked for.
 * @param error What connecting failed with.
 * @returns A sentence or two, safe to print.
 */
export function failedToConnect(address: Address, error: unknown): string {
  const reason = reasonOf(error);
  // Of ours, and of several lines.
  const shown = error instanceof CertificateError ? reason : escapeText(reason);
  return `Failed to connect to ${formatAddress(address)}: ${shown}`;
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.ConnectionRefused) {
    return "nobody listens there. Is the server running (deno task start), and are address and port right?";
  }
  if (error instanceof Deno.errors.NotCapable) {
    return "not permitted. Add --allow-net=HOST:PORT after deno run -P=client";
  }
  if (error instanceof ProtocolError && error.code === "bad_frame") {
    if (speaksTls(error)) return "this port speaks TLS: add --tls";
    return "what answers there is no chat server. Is the port right?";
  }
  if (error instanceof ProtocolError && error.code === "password_needed") {
    return "it has a password. Show it with --password-file FILE";
  }
  if (error instanceof CertificateError && error.fault === "unknown") {
    return `${error.message}. Connect once from a terminal, where it can be compared and is remembered, or give what the server printed: --fingerprint HEX`;
  }
  if (error instanceof Deno.errors.InvalidData && error.message.includes("does not speak TLS")) {
    return `${error.message}. If it may go in the clear: --no-tls`;
  }
  return error instanceof Error ? error.message : String(error);
}

/**
 * Whether something failed because the other side speaks TLS, and was spoken to without.
 *
 * @param error What it failed with.
 */
export function speaksTls(error: unknown): boolean {
  return error instanceof ProtocolError && error.code === "bad_frame" &&
    error.message.includes("speaks TLS");
}

/** A short text for people, whatever was thrown. */
export function messageOf(error: unknown): string {
  return escapeText(error instanceof Error ? error.message : String(error));
}
