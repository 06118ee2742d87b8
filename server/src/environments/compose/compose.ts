import { mkdir, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseOrigin } from "../../protocol/origin.ts";
import { makeReadableFolder } from "../readable.ts";
import { ComposeError } from "./errors.ts";
import { copyEntry, isFile, isFolder, listFolder } from "./files.ts";
import { type ComposedPort, composePort, type PortJob } from "./port.ts";

const portsAtOnce = 8;

export interface ComposeInput {
  /** Absolute paths: upstream ports tree, overlay tree (ports below `ports/`), composed tree. */
  upstream: string;
  overlay: string;
  output: string;
  /** Ports to compose anew; without it the whole tree is, its other files too, and what is in neither tree goes. */
  origins?: string[];
  /** Of a whole tree: ports that the output holds just as composing would make them. Others are not looked at there. */
  isDone?: (origin: string) => boolean;
  /** Names `Makefile.OS` and, in lower case, the folder of the overlay's patches. */
  operatingSystem: string;
  signal?: AbortSignal;
}

/** One entry for each origin that was composed, in the order of their names. */
export interface ComposeReport {
  ports: ComposedPort[];
}

/**
 * The classic DeltaPorts merge: upstream port, plus Makefile.DragonFly and dragonfly/, with diffs/ applied and the
 * architecture named as the system names it.
 * An overlay that does not fit is told in the report. A fault (an origin in neither tree, a tree that cannot be
 * read) is a ComposeError, and an aborted signal its reason; in both cases no port is half-written.
 */
export async function compose(input: ComposeInput): Promise<ComposeReport> {
  const upstream = await existingTree(input.upstream, "upstream");
  const overlay = await existingTree(input.overlay, "overlay");
  await mkdir(input.output, { recursive: true });
  const output = await existingTree(input.output, "output");
  if (output === upstream || output === overlay) throw new ComposeError(`${output} is composed from itself`);
  const job: PortJob = {
    trees: { upstream, overlay },
    output,
    operatingSystem: input.operatingSystem,
    signal: input.signal,
  };

  if (input.origins !== undefined) {
    for (const origin of input.origins) {
      if (parseOrigin(origin) === undefined) throw new ComposeError(`"${origin}" is not a category/port`);
    }
    return { ports: await composeEach(job, new Set(input.origins.toSorted())) };
  }
  const overlaid = await originsBelow(join(overlay, "ports"), async () => true);
  const origins = new Set([...(await originsBelow(upstream, isPort)), ...overlaid].toSorted());
  await composeTreeFiles(upstream, output, origins);
  const { isDone } = input;
  if (isDone === undefined) return { ports: await composeEach(job, origins) };
  const others = new Set([...origins].filter((origin) => !isDone(origin)));
  for (const origin of others) await rm(join(output, origin), { recursive: true, force: true });
  return { ports: await composeEach(job, others) };
}

async function existingTree(path: string, role: string): Promise<string> {
  if (!(await isFolder(path))) throw new ComposeError(`the ${role} tree ${path} is not a folder`);
  return realpath(path);
}

async function composeEach(job: PortJob, wanted: Set<string>): Promise<ComposedPort[]> {
  const origins = [...wanted];
  const ports: ComposedPort[] = [];
  let next = 0;
  let failed = false;
  const worker = async () => {
    while (!failed && next < origins.length) {
      const at = next++;
      try {
        job.signal?.throwIfAborted();
        ports[at] = await composePort(job, origins[at] ?? "");
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: portsAtOnce }, worker));
  for (const result of results) if (result.status === "rejected") throw result.reason;
  return ports;
}

const isPort = (folder: string) => isFile(join(folder, "Makefile"));

/** Origins of a tree: `category/port` folders for which `counts` holds. */
async function originsBelow(root: string, counts: (folder: string) => Promise<boolean>): Promise<string[]> {
  const found: string[] = [];
  for (const category of await listFolder(root)) {
    if (!category.isDirectory() || category.name.startsWith(".")) continue;
    for (const port of await listFolder(join(root, category.name))) {
      const origin = `${category.name}/${port.name}`;
      if (!port.isDirectory() || parseOrigin(origin) === undefined) continue;
      if (await counts(join(root, origin))) found.push(origin);
    }
  }
  return found;
}

/**
 * What the upstream tree has beside its ports goes along: Mk, top-level files, the files of a category. What an output that
 * was filled before has beyond these and the ports goes.
 */
async function composeTreeFiles(upstream: string, output: string, origins: Set<string>): Promise<void> {
  const categories = new Set([...origins].map((origin) => origin.split("/")[0] ?? ""));
  const wanted = new Set([...origins, ...categories]);
  for (const entry of await listFolder(upstream)) {
    if (entry.name === ".git") continue;
    if (!categories.has(entry.name)) {
      wanted.add(entry.name);
      await replace(join(upstream, entry.name), join(output, entry.name));
      continue;
    }
    await makeReadableFolder(join(output, entry.name));
    for (const child of await listFolder(join(upstream, entry.name))) {
      const path = join(entry.name, child.name);
      wanted.add(path);
      if (!origins.has(path)) await replace(join(upstream, path), join(output, path));
    }
  }
  for (const { name } of await listFolder(output)) {
    const inside = categories.has(name) ? await listFolder(join(output, name)) : [];
    for (const path of [name, ...inside.map((child) => join(name, child.name))])
      if (!wanted.has(path)) await rm(join(output, path), { recursive: true });
  }
}

async function replace(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await copyEntry(from, to);
}
