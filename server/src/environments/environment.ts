import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Composer } from "./composer.ts";
import { EnvironmentError } from "./errors.ts";
import { createFiles } from "./files.ts";
import { hostCommand } from "./hostCommand.ts";
import { composedFolder, type Layout, localFolder, mountsOf } from "./layout.ts";
import { type Metadata, writeMetadata } from "./metadata.ts";
import { lstatOrNull, Namespace } from "./namespace.ts";
import { applyToOverlay, type Overlay, overlayDiff } from "./overlay.ts";
import { openPlainCategory } from "./plain.ts";
import { limited, runProcess } from "./process.ts";
import { removeTree } from "./remove.ts";
import { headCommit } from "./sources.ts";
import { PathTranslator } from "./translate.ts";
import type { ComposedOrigin, Environment, ExecRequest, ExecResult } from "./types.ts";

export interface EnvironmentParts {
  layout: Layout;
  metadata: Metadata;
  composer: Composer;
  operatingSystem: string;
  etc: string;
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
  return { gitDir: join(root, "overlay.git"), workTree: join(root, "DeltaPorts"), commit };
}

export function openEnvironment(parts: EnvironmentParts): Environment {
  const { layout, composer, newId } = parts;
  let metadata = parts.metadata;
  const composed = () => Object.keys(metadata.composed);
  const translator = new PathTranslator(layout);
  const overlay = overlayOf(layout.root, metadata.commits.DeltaPorts);
  const namespace = new Namespace(() => mountsOf(layout, composed()), translator.toWork);
  const sources = {
    upstream: layout.freebsdPorts,
    overlay: overlay.workTree,
    operatingSystem: parts.operatingSystem,
  };
  // One at a time: git locks its index, and two compositions of an origin would race for its place.
  let queue: Promise<unknown> = Promise.resolve();
  const serially = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  };

  const commandParts = () => ({
    layout,
    composed: composed(),
    etc: parts.etc,
    alsoVisible: parts.alsoVisible,
  });

  async function exec(request: ExecRequest): Promise<ExecResult> {
    const { argv, env, network = false, timeoutMs, signal, onOutput } = request;
    const inside = { argv, env, network, cwd: request.cwd ?? "/work", ownTerminal: false };
    const command = hostCommand(commandParts(), inside);
    const run = {
      ...{ ...command, timeoutMs, signal },
      maxOutputBytes: request.maxOutputBytes ?? defaultOutputBytes,
    };
    if (layout.kind === "bwrap") return runProcess({ ...run, onOutput });
    const stream = onOutput ? translator.stream(onOutput) : null;
    const result = await runProcess({ ...run, onOutput: stream ? (chunk) => stream.push(chunk) : undefined });
    await stream?.flush();
    return { ...result, output: translator.bytesToWork(result.output) };
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
      else await mkdir(join(layout.base, origin), { recursive: true });
      await mkdir(dirname(place), { recursive: true });
      // Nothing there is an origin that is masked or rejected; its place stays, but empty.
      const made = (await lstatOrNull(join(aside, origin))) !== null;
      if (!made) await mkdir(join(aside, origin), { recursive: true });
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
          await mkdir(folder);
        }
      }),
    diff: () => serially(() => overlayDiff(overlay)),
    applyDiff: (diff) => serially(() => applyToOverlay(overlay, diff)),
    async hostPath(path) {
      const { host } = await namespace.resolve(path, { lastLink: "follow" });
      if (host === null) throw new EnvironmentError("path", `${path} is no folder of the host`);
      return host;
    },
    toWorkPaths: translator.toWork,
    shell: (env) =>
      limited(
        hostCommand(commandParts(), { argv: shell, cwd: "/work", env, network: false, ownTerminal: true }),
      ),
    destroy: parts.destroy,
  };
}
