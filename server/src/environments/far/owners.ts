import { mkdir, readdir, readFile, rename, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Check } from "../../protocol/index.ts";
import { amiss, inOrder } from "../check.ts";
import { errorCode } from "../errors.ts";
import { clearsThem } from "../forsaken.ts";
import { readInventory } from "../inventory.ts";
import { isOfJob } from "../jobNames.ts";
import { lstatOrNull } from "../namespace.ts";
import { removeTree } from "../remove.ts";

/** The server that environments are lent to, as it names itself. */
export const Owner = z.object({ host: z.string().max(255), state: z.string().max(4096) });
export type Owner = z.infer<typeof Owner>;

/** Folder that has one for each server that environments are lent to; `root` is where a host keeps its own. */
export const lentFolder = (stateDir: string, root: string | undefined): string =>
  root === undefined ? join(stateDir, "lent") : join(root, ".lent");

/** Its time of change is when something was last heard of that server. */
const recordOf = (folder: string): string => join(folder, "owner.json");
const hour = 3_600_000;
const day = 24 * hour;
const touchMs = 60_000;
/** A server that lives is heard of every few minutes, unless it is cut off: so long it may be silent before its jobs' environments are nobody's. */
const silence = day;
/** The same for what people made by hand, and for all that is kept for that server. */
const longSilence = 30 * day;

/** Writes down whom a folder is lent to; what it returns is told whenever something is heard of that server. */
export async function recordOwner(folder: string, owner: Owner, now: () => number): Promise<() => void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const aside = `${recordOf(folder)}.${process.pid}`;
  await writeFile(aside, `${JSON.stringify(owner)}\n`);
  await rename(aside, recordOf(folder));
  let told = now();
  return () => {
    if (Math.abs(now() - told) < touchMs) return;
    told = now();
    const at = new Date(told);
    // It fails only where that folder was taken away: then there is nothing that could be told of.
    void utimes(recordOf(folder), at, at).catch(() => undefined);
  };
}

interface Lent {
  folder: string;
  /** In words. */
  owner: string;
  silentMs: number;
  environments: { name: string; ageMs: number }[];
}

async function readLent(parent: string, now: number): Promise<Lent[]> {
  const names = await readdir(parent).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  });
  return Promise.all(names.filter((name) => /^[a-z0-9]+$/.test(name)).map((name) => read(parent, name, now)));
}

async function read(parent: string, name: string, now: number): Promise<Lent> {
  const folder = join(parent, name);
  const root = join(folder, "environments");
  const records = (await lstatOrNull(root)) === null ? [] : await readInventory(root);
  const environments = records.map((one) => ({ name: one.name, ageMs: now - one.createdAt }));
  const owner = await readFile(recordOf(folder), "utf8")
    .then((text) => Owner.parse(JSON.parse(text)))
    .then(({ host, state }) => `${host}:${state}`)
    // A name to look for is left.
    .catch(() => `server ${name}`);
  return { folder, owner, silentMs: await silentFor(folder, now), environments };
}

/** Of a server that left no record nothing was heard since its folder was made. */
async function silentFor(folder: string, now: number): Promise<number> {
  const { mtimeMs } = await stat(recordOf(folder)).catch(() => stat(folder));
  return now - mtimeMs;
}

/** What nobody owns any more; all of it where the server was silent for long. */
function forsakenOf({ silentMs, environments }: Lent): Lent["environments"] {
  if (silentMs >= longSilence) return environments;
  return silentMs >= silence ? environments.filter(({ name }) => isOfJob(name)) : [];
}

/** Nothing where nothing is lent. */
export async function checkLent(parent: string, now: number): Promise<Check[]> {
  const lent = await readLent(parent, now);
  if (lent.length === 0) return [];
  const about = ["leftovers", "lent environments"] as const;
  const found = lent.filter((one) => forsakenOf(one).length > 0 || one.silentMs >= longSilence);
  if (found.length === 0) return [inOrder(...about, lent.map(describe).join("; "))];
  return [amiss(...about, found.map(describe).join("; "), clearsThem)];
}

function describe(lent: Lent): string {
  const forsaken = forsakenOf(lent);
  const shown = forsaken.length > 0 ? forsaken : lent.environments;
  const names = shown.slice(0, 5).map(({ name, ageMs }) => `${name} (made ${ageText(ageMs)} ago)`);
  const more = shown.length > names.length ? [`${shown.length - names.length} more`] : [];
  const what = [...names, ...more].join(", ") || "no environment";
  return `${what} of ${lent.owner}, last heard of ${ageText(lent.silentMs)} ago`;
}

function ageText(ms: number): string {
  if (ms < 2 * hour) return `${Math.max(0, Math.round(ms / 60_000))} min`;
  return ms < 2 * day ? `${Math.round(ms / hour)} h` : `${Math.round(ms / day)} days`;
}

interface Keeper {
  destroy(name: string): Promise<void>;
}

/** Takes down what nobody owns; returns its names. `keeperOf` gives what made the environments of such a folder. */
export async function clearLent(
  parent: string,
  now: () => number,
  keeperOf: (folder: string) => Promise<Keeper>,
): Promise<string[]> {
  const cleared: string[] = [];
  for (const lent of await readLent(parent, now())) {
    const { folder, owner, silentMs } = lent;
    const forsaken = forsakenOf(lent);
    const isOver = silentMs >= longSilence;
    if (forsaken.length === 0 && !isOver) continue;
    // It unmounts what is mounted there, before anything is removed.
    const keeper = await keeperOf(folder);
    for (const { name } of forsaken) {
      // The server may have come back meanwhile.
      if ((await silentFor(folder, now())) < silence) break;
      await keeper.destroy(name);
      cleared.push(`${name} of ${owner}`);
    }
    if (!isOver || (await silentFor(folder, now())) < silence) continue;
    await removeTree(folder);
    cleared.push(`what was kept for ${owner}`);
  }
  return cleared;
}
