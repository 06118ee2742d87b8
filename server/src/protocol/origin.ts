/** A port's place in a tree. A flavor is never part of it. */
export interface Origin {
  category: string;
  port: string;
}

const originPattern = /^([A-Za-z0-9_.+-]+)\/([A-Za-z0-9_.+-]+)$/;

/**
 * Splits `category/port`. Undefined for anything else; `.` and `..` are no names, so a parsed origin joined
 * to a folder stays inside it.
 */
export function parseOrigin(text: string): Origin | undefined {
  const [, category, port] = originPattern.exec(text) ?? [];
  if (category === undefined || port === undefined) return undefined;
  if ([category, port].some((name) => name === "." || name === "..")) return undefined;
  return { category, port };
}

/** `devel/foo@py311`, or the bare origin of a port without flavors. */
export function portName({ origin, flavor }: { origin: string; flavor: string }): string {
  return flavor ? `${origin}@${flavor}` : origin;
}
