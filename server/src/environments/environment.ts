import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createSerial } from "../async/serial.ts";
import type { Composer } from "./composer.ts";
import { EnvironmentError } from "./errors.ts";
import { createFiles } from "./files.ts";
import { foreignPlan } from "./kinds/chroot/chroot.ts";
import { platforms } from "./kinds/chroot/platforms.ts";
import type { InsideCommand, Kind, Place } from "./kinds/types.ts";
import { baseVariables } from "./kinds/variables.ts";
import { composedFolder, type Layout, localFolder, mountsOf, repositoryName } from "./layout.ts";
import { type Metadata, writeMetadata } from "./metadata.ts";
import { lstatOrNull, Namespace } from "./namespace.ts";
import { applyToOverlay, type Overlay, overlayDiff } from "./overlay.ts";
import { openPlainCategory } from "./plain.ts";
import { limited, runProcess } from "./process.ts";
import { makeReadableFolder } from "./readable.ts";
import { removeTree } from "./remove.ts";
import { headCommit } from "./sources.ts";
import { PathTranslator } from "./translate.ts";
import type { ComposedOrigin, Environment, ExecRequest, ExecResult, HostCommand } from "./types.ts";

export interface EnvironmentParts {
  kind: Kind;
  layout: Layout;
  metadata: Metadata;
  composer: Composer;
  operatingSystem: string;
  alsoVisible: readonly string[];
  newId: () => string;
  destroy: () => Promise<void>;
}

/** Stands in the record for an origin that was masked or rejected: its place is empty and cannot be built. */
const notComposed = "";
const defaultOutputBytes = 256 * 1024;
/** bash where there is one: not every sh can edit its line. */
const shell = [
  "/bin/sh",
  "-c",
  "if command -v bash >/dev/null; then exec bash --norc --noprofile -i; fi; exec /bin/sh -i",
] as const;

export function overlayOf(root: string, commit: string): Overlay {
  return { gitDir: join(root, repositoryName), workTree: join(root, "DeltaPorts"), commit };
}

export function openEnvironment(parts: EnvironmentParts): Environment {
  const { kind, layout, composer, newId } = parts;
  let metadata = parts.metadata;
  const composed = () => Object.keys(metadata.composed);
  const translator = new PathTranslator(layout);
  const overlay = overlayOf(layout.root, metadata.commits.DeltaPorts);
  const namespace = new Namespace(() => mountsOf(layout, composed()), translator.toWork);
  const sources = {
    upstream: layout.freebsdPorts,
    overlay: overlay.workTree,
    operatingSystem: parts.operatingSystem,
    target: metadata.target,
  };
  // One at a time: git locks its index, and two compositions of an origin would race for its place.
  const serially = createSerial();

  const place = (): Place => ({
    ...{ name: metadata.name, layout, composed: composed(), alsoVisible: parts.alsoVisible },
  });
  const insideOf = (request: Pick<ExecRequest, "argv" | "cwd" | "env" | "network">): InsideCommand => ({
    argv: request.argv,
    cwd: request.cwd ?? "/work",
    variables: { ...baseVariables, ...request.env },
    network: request.network ?? false,
    ownTerminal: false,
  });

  async function exec(request: ExecRequest): Promise<ExecResult> {
    const { release, ...command } = await kind.command(place(), insideOf(request));
    try {
      return await runInside(command, request);
    } finally {
      await release?.();
    }
  }

  async function runInside(command: HostCommand, request: ExecRequest): Promise<ExecResult> {
    const { timeoutMs, signal, onOutput, maxOutputBytes = defaultOutputBytes } = request;
    const run = { ...command, timeoutMs, signal, maxOutputBytes };
    if (layout.kind !== "plain") return runProcess({ ...run, onOutput });
    const stream = onOutput ? translator.stream(onOutput) : null;
    const result = await runProcess({ ...run, onOutput: stream ? (chunk) => stream.push(chunk) : undefined });
    await stream?.flush();
    return { ...result, output: translator.bytesToWork(result.output) };
  }

  async function hostPath(path: string): Promise<string> {
    const { host } = await namespace.resolve(path, { lastLink: "follow" });
    if (host === null) throw new EnvironmentError("path", `${path} is no folder of the host`);
    return host;
  }

  async function composeAside(origin: string, output: string): Promise<ComposedOrigin> {
    try {
      return await composer.composeOrigin(sources, origin, output);
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      throw new EnvironmentError("compose", translator.toWork(said), error);
    }
  }

  async function compose(origin: string): Promise<ComposedOrigin> {
    const head = await headCommit(layout.freebsdPorts);
    const pinned = metadata.commits["freebsd-ports"];
    if (head !== pinned)
      throw new EnvironmentError(
        "dirty",
        `freebsd-ports moved from ${pinned.slice(0, 12)} to ${head.slice(0, 12)} since ${metadata.name} was made; update it: \`portwright env update ${metadata.name}\``,
      );
    const aside = join(layout.root, `composing-${newId()}`);
    await mkdir(aside);
    try {
      const result = await composeAside(origin, aside);
      const place = join(composedFolder(layout), origin);
      if (layout.kind === "plain") await openPlainCategory(layout, origin);
      // A mount needs a place to stand on, also for a port that the base does not have.
      else await makeReadableFolder(join(layout.base, origin));
      await makeReadableFolder(dirname(place));
      // Nothing there is an origin that is masked or rejected; its place stays, but empty.
      const made = (await lstatOrNull(join(aside, origin))) !== null;
      if (!made) await makeReadableFolder(join(aside, origin));
      await removeTree(place);
      await rename(join(aside, origin), place);
      const input = made && result.rejects.length === 0 ? result.inputSha256 : notComposed;
      const record = { ...metadata, composed: { ...metadata.composed, [origin]: input } };
      await writeMetadata(layout.root, record);
      metadata = record;
      return result;
    } finally {
      await removeTree(aside);
    }
  }

  return {
    name: metadata.name,
    kind: layout.kind,
    target: metadata.target,
    root: layout.root,
    commits: metadata.commits,
    files: createFiles({ namespace, newId, refuseHardLinks: layout.kind === "plain" }),
    exec,
    compose: (origin) => serially(() => compose(origin)),
    composedInput: (origin) => metadata.composed[origin] || null,
    currentInput: (origin) => composer.inputHash(sources, origin),
    clean: () =>
      serially(async () => {
        for (const folder of [join(layout.root, "obj"), localFolder(layout)]) {
          await removeTree(folder);
          await makeReadableFolder(folder);
        }
      }),
    diff: () => serially(() => overlayDiff(overlay)),
    applyDiff: (diff) => serially(() => applyToOverlay(overlay, diff)),
    async keepLog(name) {
      return { path: join(await hostPath("/work/logs"), name), kept: async () => {} };
    },
    hostPath,
    toWorkPaths: translator.toWork,
    async shell(env) {
      const inside = { ...insideOf({ argv: shell, env }), ownTerminal: true };
      const { release: _, ...command } = await kind.command(place(), inside);
      return limited(command);
    },
    plan: (request, platform) =>
      platform
        ? foreignPlan(platforms[platform], place(), insideOf(request))
        : kind.plan(place(), insideOf(request)),
    destroy: parts.destroy,
  };
}
