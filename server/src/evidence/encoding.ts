/** `%XX` escapes of bytes undone, then read as UTF-8: the values of journals and `meta.txt`. */
export function decodeValue(value: string): string {
  if (!value.includes("%")) return value;
  const bytes = value.replace(/%([\da-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}
