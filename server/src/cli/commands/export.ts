import { mkdtemp, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { EvidenceError } from "../../evidence/errors.ts";
import { bundleName, writeBundle } from "../../evidence/export.ts";
import { packTar } from "../../evidence/tar.ts";
import type { Bundle } from "../../protocol/index.ts";
import { contentOf } from "../content.ts";
import { CliError, exitCodes } from "../failure.ts";
import { facts } from "../output.ts";
import { asJson, withServer } from "../session.ts";
import type { Terminal } from "../terminal.ts";

interface ExportOptions {
  target?: string;
  output?: string;
}

/** Writes the evidence of a case for somebody else: a folder, or a tar archive when the name ends in `.tar`. */
export async function exportEvidence(
  terminal: Terminal,
  ref: string,
  { target, output }: ExportOptions,
): Promise<void> {
  const { signal } = terminal;
  await withServer(terminal, async (client) => {
    const { case: found, bundles } = await client.call("case/get", { case: ref, target }, signal);
    // The newest may be of a failure that left no log; the case goes by this one.
    const bundle = bundles.find(({ id }) => id === found.bundleId) ?? bundles[0];
    if (bundle === undefined)
      throw new CliError(exitCodes.notFound, `${found.origin} has no evidence to export`);
    const name = bundleName(bundle);
    const to = resolve(output ?? name);
    await refuseExisting(to);
    await write(bundle, name, to, (sha256) => contentOf(client, sha256, signal));
    const told = { case: found.id, bundle: bundle.id, output: to, files: bundle.artifacts.length };
    terminal.out(terminal.json ? asJson(told) : facts(told));
  });
}

/** Throws CliError for a place that holds something already. */
export async function refuseExisting(path: string): Promise<void> {
  const there = await stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
  if (there)
    throw new CliError(exitCodes.usage, `${path} is there already: name another place, or remove it`);
}

/** Made aside and put in place by one rename, so that a half written bundle is never taken for a whole one. */
async function write(
  bundle: Bundle,
  name: string,
  to: string,
  read: (sha256: string) => AsyncIterable<Uint8Array>,
): Promise<void> {
  const aside = await mkdtemp(join(dirname(to), `.${basename(to)}.`));
  try {
    const folder = join(aside, name);
    await writeBundle(folder, bundle, read);
    if (!to.endsWith(".tar")) await rename(folder, to);
    else {
      await packTar(folder, name, join(aside, "bundle.tar"), Math.floor(bundle.at / 1000));
      await rename(join(aside, "bundle.tar"), to);
    }
  } catch (error) {
    throw error instanceof EvidenceError ? new CliError(exitCodes.failure, error.userMessage, error) : error;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}
