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
