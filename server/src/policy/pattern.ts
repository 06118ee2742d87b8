/** Whether a name fits a pattern of policy.json, in which `*` stands for any run of characters but `/`. */
export function fitsPattern(pattern: string, name: string): boolean {
  const source = pattern
    .split("*")
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join("[^/]*");
  return new RegExp(`^${source}$`).test(name);
}

/** Whether every name that fits `inner` fits `outer` too: a star of `inner` is met only by a star of `outer`. */
export function coversPattern(outer: string, inner: string): boolean {
  return fitsPattern(outer, inner);
}

/** Whether a text fits a pattern in which `*` stands for any run of characters; takes time in step with both. */
export function fitsText(pattern: string, text: string): boolean {
  const parts = pattern.split("*");
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  if (parts.length === 1) return pattern === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
