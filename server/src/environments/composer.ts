import { compose } from "./compose/compose.ts";
import { originInputHash } from "./compose/hash.ts";
import type { ComposedOrigin } from "./types.ts";

interface ComposeSources {
  /** Host folders of the upstream tree and of the overlay. */
  upstream: string;
  overlay: string;
  operatingSystem: string;
  signal?: AbortSignal | undefined;
}

/** Makes DPorts out of the two source trees; the plugin seam for trees that are merged in another way. */
export interface Composer {
  /** Writes the whole tree; a port that does not compose is left out and fails nothing. */
  composeTree(sources: ComposeSources, output: string): Promise<void>;
  /** Writes OUTPUT/ORIGIN unless something is rejected. Throws for an origin that is in neither tree. */
  composeOrigin(sources: ComposeSources, origin: string, output: string): Promise<ComposedOrigin>;
  /** Hash over what `composeOrigin` would read now. */
  inputHash(sources: ComposeSources, origin: string): Promise<string>;
}

/** The classic DeltaPorts merge. */
export const deltaPortsComposer: Composer = {
  async composeTree(sources, output) {
    await compose({ ...sources, output });
  },
  async composeOrigin(sources, origin, output) {
    const { ports } = await compose({ ...sources, output, origins: [origin] });
    const port = ports[0];
    if (!port) throw new Error(`the composer said nothing about ${origin}`);
    return {
      origin,
      applied: port.applied,
      skipped: [
        ...port.skipped.map(({ path, reason }) => ({ file: path, why: reason })),
        ...(port.outcome === "masked" ? [{ file: "STATUS", why: "the port is masked and left out" }] : []),
      ],
      rejects: port.rejects.map(({ diff, file, hunk, text }) => ({
        file: diff,
        hunks: `${file} hunk ${hunk}: ${text}`,
      })),
      inputSha256: port.inputHash,
    };
  },
  inputHash: (sources, origin) => originInputHash(sources, origin),
};
