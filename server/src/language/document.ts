import type { Recipe } from "../policy/recipe.ts";
import type { Store } from "../store/types.ts";
import { assignmentsTo, type LogicalLine, parseMakefile } from "./makefile/parse.ts";
import { type Place, placeOf } from "./place.ts";
import { linesOf } from "./text.ts";
import type { Trees } from "./tree.ts";

/** What the features know besides the document. */
export interface Knowledge {
  store: Store;
  trees: Trees;
  recipes: readonly Recipe[];
}

export interface PortsDocument extends Place {
  uri: string;
  lines: readonly string[];
  /** Of a makefile; empty for other files. */
  parsed: readonly LogicalLine[];
}

/** The document as a port's file; null for one that is none, or too large to look into. */
export async function portsDocument(
  uri: string,
  text: string,
  { store, trees }: Knowledge,
): Promise<PortsDocument | null> {
  const place = placeOf(uri);
  const lines = place && linesOf(text);
  if (place === null || lines === null) return null;
  const parsed = place.kind === "makefile" || place.kind === "overlay" ? parseMakefile(lines) : [];
  // A project of somebody's own has Makefiles and patches too.
  const isPort =
    uri.startsWith("portwright:") ||
    assignmentsTo(parsed, /^PORTNAME$/).length > 0 ||
    store.cases({ origin: place.origin }, { limit: 1 }).total > 0 ||
    (await trees.hasPort(place.origin)) === true;
  return isPort ? { uri, ...place, lines, parsed } : null;
}

export const isMakefile = ({ kind }: Place): boolean => kind === "makefile" || kind === "overlay";
