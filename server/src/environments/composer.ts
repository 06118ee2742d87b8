import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { originsNamingArchitecture, renamesArchitecture } from "./compose/architecture.ts";
import { compose } from "./compose/compose.ts";
import { originInputHash } from "./compose/hash.ts";
import type { Reject } from "./compose/patch.ts";
import { removeTree } from "./remove.ts";
import type { ComposedOrigin } from "./types.ts";

export interface ComposeSources {
  /** Host folders of the upstream tree and of the overlay. */
  upstream: string;
  overlay: string;
  operatingSystem: string;
  /** The tree that is being built, `@2026Q3` for instance. */
  target: string;
  signal?: AbortSignal | undefined;
}

/** A tree that was composed before and is shared still: it may be linked, never written. */
export interface EarlierTree {
  folder: string;
  /** Whether a port's folder in either source tree differs from what this tree was composed of. */
  isChanged: (origin: string) => boolean;
}

/** Makes DPorts out of the two source trees. */
export interface Composer {
  /** What, beside the commits, decides how a tree turns out. */
  variant(sources: Pick<ComposeSources, "operatingSystem" | "target">): string;
  /** Writes the whole tree; a port that does not compose is left out and fails nothing. */
  composeTree(sources: ComposeSources, output: string, earlier?: EarlierTree): Promise<void>;
  /** Writes OUTPUT/ORIGIN unless something is rejected. Throws for an origin that is in neither tree. */
  composeOrigin(sources: ComposeSources, origin: string, output: string): Promise<ComposedOrigin>;
  /** Hash over what `composeOrigin` would read now. */
  inputHash(sources: ComposeSources, origin: string): Promise<string>;
}

/** The classic DeltaPorts merge. */
export const deltaPortsComposer: Composer = {
  variant: ({ operatingSystem }) => operatingSystem,
  async composeTree(sources, output, earlier) {
    const { upstream, overlay, operatingSystem, signal } = sources;
    const filled = await fillTree({ from: earlier?.folder ?? upstream, to: output, link: !!earlier, signal });
    const isSearched = !earlier && renamesArchitecture(operatingSystem);
    const naming = isSearched ? await originsNamingArchitecture(upstream, signal) : new Set<string>();
    const isUntouched = (origin: string) =>
      !naming.has(origin) && !existsSync(join(overlay, "ports", origin));
    const isDone = earlier ? (origin: string) => !earlier.isChanged(origin) : isUntouched;
    await compose({ ...sources, output, ...(filled && { isDone }) });
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
      rejects: port.rejects.map((reject) => ({ file: reject.diff, hunks: hunkText(reject) })),
      inputSha256: port.inputHash,
    };
  },
  inputHash: (sources, origin) => originInputHash(sources, origin),
};

/** What does not fit need be no hunk, and of no file. */
function hunkText({ file, hunk, text }: Reject): string {
  const place = [file, hunk > 0 ? `hunk ${hunk}` : ""].filter((word) => word !== "").join(" ");
  return place === "" ? text : `${place}: ${text}`;
}

/** Fills an empty folder with a tree, all at once as only cp(1) is quick. false, and the folder gone, where that fails. */
async function fillTree(fill: {
  from: string;
  to: string;
  link: boolean;
  signal: AbortSignal | undefined;
}): Promise<boolean> {
  const { from, to, link, signal } = fill;
  const entries = (await readdir(from)).filter((name) => name !== ".git").map((name) => join(from, name));
  const options = { stdin: "ignore", reject: false, ...(signal && { cancelSignal: signal }) } as const;
  const { failed } = await execa("cp", [link ? "-RPpl" : "-RPp", "--", ...entries, to], options);
  if (failed) await removeTree(to);
  return !failed;
}
