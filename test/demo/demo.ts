import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Case } from "../../server/src/protocol/index.ts";
import type { RpcClient } from "../../server/src/rpc/client.ts";
import { createBuilder } from "../fixtures/dsynth/builder.ts";
import { sampleCases } from "../fixtures/ports/cases.ts";
import { createSampleTrees } from "../fixtures/ports/trees.ts";
import { signalProcess } from "../fixtures/signal.ts";
import { type DemoRow, narrate, printTable, rowOf } from "./report.ts";
import { configure, installHooks, startServer } from "./server.ts";

export interface DemoOptions {
  /** One port to build; null builds the whole tree. */
  only: string | null;
  keep: boolean;
  json: boolean;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

/** Runs the main job once, on embedded defaults, and closes with the table. Everything it starts ends with it. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { only, keep, json, env, signal } = options;
  if (only !== null) requireKnown(only);
  if (/\s/.test(tmpdir()))
    throw new Error(`make takes no paths with spaces, as ${tmpdir()} has: name another folder with TMPDIR`);
  const say = (text: string) => (json ? console.error(text) : console.log(text));
  const began = Date.now();
  const root = await mkdtemp(join(tmpdir(), "portwright-demo-"));
  const fixes = join(root, "fixes");
  const stateDir = join(root, "state");
  await using cleanup = new AsyncDisposableStack();
  let hasFixes = false;
  cleanup.defer(async () => {
    if (keep && !signal.aborted) return;
    const places = hasFixes ? ["trees", "state"].map((name) => join(root, name)) : [root];
    await Promise.all(places.map((place) => rm(place, { recursive: true, force: true })));
  });

  say("Making three trees: freebsd-ports, the DeltaPorts overlay, DPorts composed from both");
  const trees = await createSampleTrees(join(root, "trees"));
  signal.throwIfAborted();
  const builder = await createBuilder({
    ...{ tree: trees.dports, treeInPlace: true, distfiles: trees.distfiles, profile: "2026Q3" },
    ...{ hooks: "none", ini: ["Check_plist= true"] },
  });
  cleanup.defer(async () => {
    if (!keep || signal.aborted) await builder.remove();
  });

  await configure(stateDir, trees, builder, env);
  say(`Installing the hooks: portwright hooks install --config-base ${builder.etc}`);
  await installHooks(builder, stateDir);
  signal.throwIfAborted();
  const server = await startServer(stateDir, env);
  cleanup.defer(() => server.stop());
  const watch = narrate(say, began);
  server.client.on("events/batch", ({ events }) => watch(events));
  await server.client.call("events/subscribe", { after: 0 });

  say("Building: dsynth (a test double of it that really builds) with the hooks installed\n");
  signal.throwIfAborted();
  const ports = only === null ? ["everything"] : ["just-build", only];
  const build = builder.start(["-S", "-y", "-s", "0", "-p", "2026Q3", ...ports]);
  // A closed terminal is told to the builder too, which may be gone by now.
  const endBuild = () => signalProcess(build.pid, "SIGTERM");
  signal.addEventListener("abort", endBuild);
  const { status, output } = await build.finished;
  signal.removeEventListener("abort", endBuild);
  signal.throwIfAborted();
  if (status !== 0) throw new Error(`the builder ended with status ${status}:\n${output.slice(-2000)}`);
  const cases = await allSettled(server.client, signal);

  await mkdir(fixes, { recursive: true });
  const rows: DemoRow[] = [];
  for (const subject of cases) rows.push(await reportOn(server.client, subject, fixes));
  rows.sort((a, b) => Number(b.proved) - Number(a.proved) || a.case.localeCompare(b.case));
  const runs = (await server.client.call("runs/list", {})).runs;
  const seconds = Math.round((Date.now() - began) / 1000);
  const model = env.PORTWRIGHT_MODEL ?? null;
  if (json)
    console.log(JSON.stringify({ runs, rows, seconds, fixes, state: keep ? stateDir : null }, null, 2));
  else
    printTable({
      rows,
      runs,
      seconds,
      fixes,
      model,
      kept: keep ? { stateDir, builder: builder.root } : null,
    });
  hasFixes = rows.some(({ diff }) => diff !== null);
}

async function reportOn(client: RpcClient, subject: Case, fixes: string): Promise<DemoRow> {
  const detail = await client.call("case/get", { case: subject.id });
  let file: string | null = null;
  if (subject.state === "waiting") {
    const { diff } = await client.call("case/diff", { case: subject.id });
    file = join(fixes, `${subject.origin.replace("/", "__")}${subject.flavor && `@${subject.flavor}`}.diff`);
    await writeFile(file, diff);
  }
  return rowOf(detail, file);
}

/** Waits until the journal is taken and no case is on its way; a person's turn or nobody's comes next. */
async function allSettled(client: RpcClient, signal: AbortSignal): Promise<Case[]> {
  const gone = client.ended.then(() => {
    throw new Error("the server ended in the middle; run again with --keep and read state/server.log");
  });
  for (;;) {
    signal.throwIfAborted();
    const { journal, jobs } = await Promise.race([client.call("status", {}), gone]);
    const { cases } = await client.call("cases/list", { limit: 500 });
    const moving = cases.some(
      ({ state, decision }) =>
        ["open", "patching", "proving"].includes(state) || (state === "triaged" && decision?.tier === "AUTO"),
    );
    const idle = (jobs.queued ?? 0) + (jobs.leased ?? 0) === 0;
    if (idle && !moving && journal.offset === journal.bytes) return cases;
    await sleep(300, undefined, { signal });
  }
}

function requireKnown(port: string): void {
  const { failures, ignored, skipped, healthy } = sampleCases;
  const name = ({ origin, flavor }: { origin: string; flavor: string }) =>
    flavor ? `${origin}@${flavor}` : origin;
  const names = [...failures, ...ignored, ...skipped, ...healthy].map(name);
  if (!names.includes(port))
    throw new Error(`no port ${port} in the sample tree; it has ${names.sort().join(", ")}`);
}
