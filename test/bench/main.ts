import { cpus, totalmem } from "node:os";

/** Each bench is a module beside this one that exports `run(args)` and prints its tables. */
const benches: Record<string, () => Promise<{ run(args: string[]): Promise<void> }>> = {
  agent: () => import("./agent.ts"),
  compose: () => import("./compose.ts"),
  distill: () => import("./distill.ts"),
  environments: () => import("./environments.ts"),
  extension: () => import("./extension.ts"),
  hooks: () => import("./hooks.ts"),
  lists: () => import("./lists.ts"),
  ports: () => import("./ports.ts"),
  tracker: () => import("./tracker.ts"),
};

const [name = "", ...args] = process.argv.slice(2);
const load = benches[name];
if (load === undefined) {
  console.error(`usage: npm run bench -- ${Object.keys(benches).join("|")} [ARG ...]`);
  process.exitCode = 2;
} else {
  const memory = `${Math.round(totalmem() / 1024 ** 3)} GiB`;
  console.log(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, ${memory}\n`);
  await (await load()).run(args);
}
