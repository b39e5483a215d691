/**
 * The header that names a file, by RFC 6266: for every client a name of ASCII, and for those who know RFC 8187 the
 * name itself.
 *
 * @param kind Whether a browser may show it.
 * @param name Any name; nothing of it is taken for syntax.
 * @returns The header's value, of ASCII.
 */
export function contentDisposition(kind: "inline" | "attachment", name: string): string {
  // Some clients decode per cent signs in it, and none agrees with another about backslashes.
  const ascii = name.replaceAll(/[^\x20-\x7e]|["\\%]/gu, "_");
  const encoded = encodeURIComponent(name)
    .replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
