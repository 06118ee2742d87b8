import { parseArgs } from "node:util";
import { runDemo } from "./demo.ts";

const usage = `usage: npm run demo [-- OPTIONS]

Builds a small ports tree with real failures, captures them through the hooks, repairs what rules can
repair, proves each repair in a clean environment and shows what came of each case.

  --only ORIGIN[@FLAVOR]  build only this port and what it needs
  --keep                  keep everything: trees, builder, evidence, the server's state
  --json                  the closing table as JSON
  --help

With OPENAI_API_KEY (and OPENAI_BASE_URL) and PORTWRIGHT_MODEL set, what rules cannot repair goes to that model.`;

async function main(): Promise<number> {
  let values: { only?: string; keep?: boolean; json?: boolean; help?: boolean };
  try {
    const flag = { type: "boolean" } as const;
    ({ values } = parseArgs({ options: { only: { type: "string" }, keep: flag, json: flag, help: flag } }));
  } catch (error) {
    console.error(`demo: ${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const stop = new AbortController();
  // Stopping takes a moment, and what a second Ctrl-C would cut short is the cleaning up.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  // Nobody reads on: head(1) has seen enough, or the terminal was closed.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => stop.abort());
  try {
    const { only = null, keep = false, json = false } = values;
    await runDemo({ only, keep, json, env: process.env, signal: stop.signal });
    return 0;
  } catch (error) {
    if (stop.signal.aborted) {
      console.error("demo: stopped; nothing is left behind");
      return 130;
    }
    console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

process.exitCode = await main();
