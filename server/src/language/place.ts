import { parseOrigin } from "../protocol/origin.ts";

/** `overlay` is a makefile that another one includes (Makefile.DragonFly, Makefile.common). */
type FileKind = "makefile" | "overlay" | "distinfo" | "plist" | "patch";

export interface Place {
  kind: FileKind;
  /** Last part of the path. */
  name: string;
  /** As the path says; whether there is such a port is another question. */
  origin: string;
  /** The document's address up to the folder that holds the categories, with a slash at its end. */
  root: string;
}

/** Folders inside a port's, here and in a bundle, that hold files of it. */
const inside = new Set(["files", "dragonfly", "diffs", "newport", "port", "overlay"]);

const kinds: readonly (readonly [RegExp, FileKind])[] = [
  [/^(?:extra-)?patch-|\.(?:diff|patch)$/, "patch"],
  [/^Makefile$/, "makefile"],
  [/^Makefile\.(?!am$|in$)/, "overlay"],
  [/^distinfo/, "distinfo"],
  [/^pkg-plist/, "plist"],
];

/** What the last parts of a document's address say, e.g. `.../ports/devel/readline/dragonfly/patch-x`; null for no port's file. */
export function placeOf(uri: string): Place | null {
  const [address = ""] = uri.split(/[?#]/, 1);
  const parts = address.split("/").map(decoded);
  const name = parts.at(-1) ?? "";
  const kind = kinds.find(([pattern]) => pattern.test(name))?.[1];
  if (kind === undefined) return null;
  let end = parts.length - 1;
  while (inside.has(parts[end - 1] ?? "")) end -= 1;
  const origin = parts.slice(end - 2, end).join("/");
  if (end < 3 || parseOrigin(origin) === undefined) return null;
  const root = `${address
    .split("/")
    .slice(0, end - 2)
    .join("/")}/`;
  return { kind, name, origin, root };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // An address with a bare % names what it says.
    return part;
  }
}
