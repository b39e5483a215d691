import { encodeJsonFrameInto, maxJsonFrameBytes } from "../codec/encoder.ts";
import type { Dialect } from "../chat/session.ts";

/** The native dialect: one json frame a message. */
export const framesDialect: Dialect = {
  name: "frames",
  maxBytes: maxJsonFrameBytes,
  encodeInto: encodeJsonFrameInto,
};
