import { createWriteStream } from "node:fs";
import { readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { historyName } from "../../evidence/results/dsynthReport.ts";
import type { Result } from "../../protocol/index.ts";
import type { RpcClient } from "../../rpc/client.ts";
import { makeFolder } from "../../store/folders.ts";
import { progressFiles } from "../../tracker/progressFiles.ts";
import { csvHead, csvRow } from "../csv.ts";
import { CliError, exitCodes } from "../failure.ts";
import { facts } from "../output.ts";
import { asJson, withServer } from "../session.ts";
import type { Terminal } from "../terminal.ts";

interface RunExportOptions {
  csv?: string;
  jsonl?: string;
  progress?: string;
}

const pageSize = 500;

/** Writes what each port of a run did: as a table, as JSON lines, or as the files that dsynth's progress page reads. */
export async function exportRun(terminal: Terminal, run: string, options: RunExportOptions): Promise<void> {
  const [[format, to] = [], ...others] = Object.entries(options);
  if (format === undefined || to === undefined || others.length > 0)
    throw new CliError(exitCodes.usage, "name one of --csv FILE, --jsonl FILE and --progress FOLDER");
  await withServer(terminal, async (client) => {
    const told =
      format === "progress"
        ? await writeProgress(client, run, resolve(to), terminal.signal)
        : await writeRows(client, run, format, to, terminal);
    if (to !== "-") terminal.out(terminal.json ? asJson(told) : facts(told));
  });
}

async function writeRows(
  client: RpcClient,
  run: string,
  format: string,
  to: string,
  { out, signal }: Terminal,
): Promise<Record<string, string | number>> {
  let count = 0;
  async function* lines(): AsyncGenerator<string> {
    if (format === "csv") yield csvHead;
    for await (const result of resultsOf(client, run, signal)) {
      count += 1;
      yield format === "csv" ? csvRow(result) : `${JSON.stringify(result)}\n`;
    }
  }
  if (to === "-") {
    for await (const line of lines()) out(line);
    return {};
  }
  const path = resolve(to);
  if (await exists(path))
    throw new CliError(exitCodes.usage, `${path} is there already: name another file, or remove it`);
  const aside = join(dirname(path), `.${basename(path)}.${process.pid}`);
  try {
    await pipeline(Readable.from(lines()), createWriteStream(aside, { flags: "wx" }), { signal });
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
  return { run, output: path, results: count };
}

/** Each file is put in place by one rename, as dsynth does; what a longer run left there before is taken away. */
async function writeProgress(
  client: RpcClient,
  id: string,
  folder: string,
  signal: AbortSignal,
): Promise<Record<string, string | number>> {
  const { run } = await client.call("run/get", { run: id }, signal);
  const results: Result[] = [];
  for await (const result of resultsOf(client, id, signal)) results.push(result);
  const { runs } = run.state === "active" ? await client.call("runs/live", {}, signal) : { runs: [] };
  const live = runs.find(({ runId }) => runId === id) ?? null;
  const files = progressFiles(run, results, live, Date.now());
  makeFolder(folder);
  for (const [name, text] of files) {
    const path = join(folder, name);
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  }
  for (const name of await readdir(folder))
    if (historyName.test(name) && !files.has(name)) await rm(join(folder, name));
  return { run: id, output: folder, files: files.size, results: results.length };
}

async function* resultsOf(client: RpcClient, run: string, signal: AbortSignal): AsyncGenerator<Result> {
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const params = { run, limit: pageSize, ...(cursor && { cursor }) };
    const page: { results: Result[]; nextCursor: string | null } = await client.call(
      "run/results",
      params,
      signal,
    );
    yield* page.results;
    cursor = page.nextCursor;
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch((error: NodeJS.ErrnoException) => absent(error))) !== null;
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}
