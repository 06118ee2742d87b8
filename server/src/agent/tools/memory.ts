import type { ToolMemory } from "../../protocol/index.ts";
import type { AttemptState } from "./state.ts";

/** What the tools know of the sources, as it goes into the record. */
export function memoryOf({ wrksrc, sources, duped, unsaved, patches }: AttemptState): ToolMemory {
  return {
    ...{ wrksrc, sources, duped: [...duped], unsaved: [...unsaved] },
    patches: [...patches].map(([name, { source, sha256 }]) => ({ name, source, sha256 })),
  };
}

/** Takes the record's word in place of what the state holds. */
export async function recall(
  state: AttemptState,
  { wrksrc, sources, duped, unsaved, patches }: ToolMemory,
  read: (sha256: string) => Promise<string>,
): Promise<void> {
  state.wrksrc = wrksrc;
  state.sources = sources;
  state.duped = new Map(duped);
  state.unsaved = new Set(unsaved);
  state.patches = new Map();
  for (const { name, source, sha256 } of patches)
    state.patches.set(name, { content: await read(sha256), source, sha256 });
}
