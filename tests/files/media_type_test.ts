import { assertEquals } from "@std/assert";
import { sniffMediaType } from "../../files/media_type.ts";

/** Latin-1 characters as bytes. */
function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

for (
  const [type, start] of [
    ["image/png", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"],
    ["image/jpeg", "\xff\xd8\xff\xe0\0\x10JFIF"],
    ["image/gif", "GIF89a\x01\0\x01\0"],
    ["image/webp", "RIFF\x24\0\0\0WEBPVP8 "],
    ["image/avif", "\0\0\0\x20ftypavif\0\0\0\0avifmif1"],
    ["image/avif", "\0\0\0\x20ftypmif1\0\0\0\0mif1avif"],
    ["application/pdf", "%PDF-1.7\n%\xe2\xe3"],
    ["video/mp4", "\0\0\0\x18ftypmp42\0\0\0\0isommp42"],
    ["video/webm", "\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm"],
    ["audio/mpeg", "ID3\x04\0\0"],
    ["audio/mpeg", "\xff\xfb\x90\x64\0\0"],
    ["audio/ogg", "OggS\0\x02"],
    ["audio/wav", "RIFF\x24\0\0\0WAVEfmt "],
    ["application/zip", "PK\x03\x04\x14\0"],
    ["application/gzip", "\x1f\x8b\x08\0"],
    ["text/plain", "hello\r\n\t\x1b[1mbold"],
    ["text/plain", "gr\xc3\xbc\xc3"],
    ["text/plain", "<!DOCTYPE html><script>alert(1)</script>"],
    ["text/plain", '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
    ["text/plain", "%PDF"],
    ["application/octet-stream", ""],
    ["application/octet-stream", "a\0b"],
    ["application/octet-stream", "gr\xfc\xdf"],
    ["application/octet-stream", "\x7fELF"],
    ["application/octet-stream", "\0\0\0\x18ftypxxxx"],
    ["application/octet-stream", "\xff\xff\xff\xff\xff"],
    ["application/octet-stream", "\xff"],
  ] as const
) {
  Deno.test(`${JSON.stringify(start.slice(0, 24))} is ${type}`, () => {
    assertEquals(sniffMediaType(bytes(start)), type);
  });
}
