/** `%XX` escapes of bytes undone, then read as UTF-8: the values of journals and `meta.txt`. */
export function decodeValue(value: string): string {
  if (!value.includes("%")) return value;
  const bytes = value.replace(/%([\da-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** The other way round: every byte but printable ASCII, and `%`, as `%XX`. */
export function encodeValue(value: string): string {
  return Buffer.from(value, "utf8")
    .toString("latin1")
    .replace(/[^ -$&-~]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}
