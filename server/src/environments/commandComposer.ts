import { createHash } from "node:crypto";
import { mkdir, mkdtemp, open, readdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ComposerConfig } from "../config/composer.ts";
import { ComposeError } from "./compose/errors.ts";
import { copyEntry, isFolder, isPresent } from "./compose/files.ts";
import { folderHash, originInputHash } from "./compose/hash.ts";
import { scratchPrefix } from "./compose/port.ts";
import { type ComposeReport, errorsOfTree, failed, judge, parseReport } from "./compose/report.ts";
import { type Composer, type ComposeSources, deltaPortsComposer } from "./composer.ts";
import { runProcess } from "./process.ts";
import { removeTree } from "./remove.ts";
import { fill } from "./template.ts";
import type { ComposedOrigin } from "./types.ts";

/** A report names every port with an overlay. */
const maxReportBytes = 128 * 1024 * 1024;
/** The end of its complaints, of which there may be any number. */
const maxSaidBytes = 1000;
/** What the program is given of the environment of the server. */
const variables = { HOME: "/nonexistent", LC_ALL: "C.UTF-8", PYTHONDONTWRITEBYTECODE: "1" };

/**
 * DPorts by an external program that understands overlays which the built-in merge does not, such as DeltaPorts' own.
 * Of DeltaPorts it works on a copy of what the configuration lets it read: it may not change what it composes, and what decides about
 * its work is in the hash. freebsd-ports it is given as it stands. Ports without an overlay need no program.
 */
export function createCommandComposer(config: ComposerConfig): Composer {
  const variant = ({ operatingSystem, target }: Pick<ComposeSources, "operatingSystem" | "target">) =>
    JSON.stringify([operatingSystem, target, config.command, config.origin, config.reads]);

  async function inputHash(sources: ComposeSources, origin: string): Promise<string> {
    const parts = [variant(sources), await originInputHash(sources, origin)];
    for (const path of config.reads) parts.push(await folderHash(join(sources.overlay, path)));
    return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  }

  async function composeOrigin(
    sources: ComposeSources,
    origin: string,
    output: string,
  ): Promise<ComposedOrigin> {
    const inputSha256 = await inputHash(sources, origin);
    if (!(await isFolder(join(sources.overlay, "ports", origin))))
      return { ...(await deltaPortsComposer.composeOrigin(sources, origin, output)), inputSha256 };
    return inWorkspace(output, async ({ folder, tree }) => {
      const upstream = join(sources.upstream, origin);
      const made = join(tree, origin);
      // A program that goes on with a tree finds the port there as the tree would have it.
      if (await isFolder(upstream)) await copyInto(upstream, made);
      const report = await run(config, sources, { folder, tree, origin });
      const isMade = await isFolder(made);
      const isUpstream = isMade && (await folderHash(made)) === (await folderHash(upstream));
      const { isLeftOut, ...composed } = judge(report, origin, isUpstream);
      if (composed.rejects.length === 0 && !isLeftOut) {
        if (!isMade) throw new ComposeError(`the composer left nothing in ${origin}, and does not say why`);
        await mkdir(dirname(join(output, origin)), { recursive: true });
        await rename(made, join(output, origin));
      }
      return { origin, ...composed, inputSha256 };
    });
  }

  return {
    variant,
    inputHash,
    composeOrigin,
    composeTree: (sources, output) =>
      inWorkspace(output, async ({ folder, tree }) => {
        const report = await run(config, sources, { folder, tree, origin: null });
        const errors = errorsOfTree(report);
        if (errors.length > 0 || !(await isFolder(join(tree, "Mk"))))
          throw new ComposeError(
            `the composer made no tree: ${errors.slice(0, 5).join("; ") || "Mk is missing"}`,
          );
        for (const port of report.ports) if (failed(port)) await removeTree(join(tree, port.origin));
        for (const name of await readdir(tree)) await rename(join(tree, name), join(output, name));
      }),
  };
}

interface Workspace {
  folder: string;
  /** Where the program composes. */
  tree: string;
}

async function inWorkspace<T>(output: string, work: (workspace: Workspace) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(output, scratchPrefix));
  try {
    const tree = join(folder, "tree");
    await mkdir(tree);
    return await work({ folder, tree });
  } finally {
    await removeTree(folder);
  }
}

async function copyInto(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyEntry(from, to);
}

/** Runs the program for a port, or with `origin` null for all of them. */
async function run(
  config: ComposerConfig,
  { upstream, overlay, target, signal }: ComposeSources,
  { folder, tree, origin }: Workspace & { origin: string | null },
): Promise<ComposeReport> {
  const delta = join(folder, "delta");
  for (const path of [...config.reads, origin === null ? "ports" : `ports/${origin}`])
    if (await isPresent(join(overlay, path))) await copyInto(join(overlay, path), join(delta, path));
  const meant: Record<string, string> = {
    target,
    delta,
    ports: upstream,
    output: tree,
    origin: origin ?? "",
  };
  const words = [...config.command, ...(origin === null ? [] : config.origin)].map((word) =>
    fill(word, meant),
  );
  const complaints = join(folder, "complaints");
  const { exitCode, timedOut, cancelled, output } = await runProcess({
    // The report alone is on the standard output.
    argv: ["/bin/sh", "-c", 'exec "$@" 2>"$0"', complaints, ...words],
    cwd: folder,
    env: { PATH: process.env.PATH ?? "/usr/bin:/bin:/usr/local/bin", ...variables },
    ...{ timeoutMs: config.timeoutMinutes * 60_000, signal, maxOutputBytes: maxReportBytes },
  });
  signal?.throwIfAborted();
  if (timedOut || cancelled)
    throw new ComposeError(
      `the composer was not done after ${config.timeoutMinutes} minutes; see "composer" in portwright.json`,
    );
  // 2: there are errors, and the report has them.
  if (exitCode === 0 || exitCode === 2) return parseReport(output.toString("utf8"));
  const said = (await endOf(complaints, maxSaidBytes)).trim();
  throw new ComposeError(`the composer ${words[0]} failed (${exitCode ?? "by a signal"}): ${said}`);
}

async function endOf(path: string, bytes: number): Promise<string> {
  await using file = await open(path);
  const { size } = await file.stat();
  const { buffer, bytesRead } = await file.read({
    ...{ buffer: Buffer.alloc(Math.min(size, bytes)), position: Math.max(0, size - bytes) },
  });
  return buffer.toString("utf8", 0, bytesRead);
}
