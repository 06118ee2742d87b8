import { spawnSync } from "node:child_process";

/** What `npm run check` runs; each is independent, all are run, any failure fails the whole. */
const checks: readonly { name: string; command: readonly [string, ...string[]] }[] = [
  { name: "types", command: ["tsc", "-p", "."] },
  { name: "types (browser and editor)", command: ["tsc", "-p", "extension"] },
  { name: "format and lint", command: ["biome", "check", "--error-on-warnings", "."] },
  { name: "unused code", command: ["knip", "--no-progress"] },
  { name: "schema currency", command: ["node", "server/src/protocol/generate.ts", "--check"] },
  { name: "policy", command: ["node", "server/src/cli/main.ts", "policy", "check"] },
];

let failed = 0;
for (const { name, command } of checks) {
  const [program, ...args] = command;
  const started = Date.now();
  const result = spawnSync(program, args, { encoding: "utf8" });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const ok = result.status === 0;
  console.log(`${ok ? "ok  " : "FAIL"} ${name} (${seconds} s)`);
  if (!ok) {
    failed += 1;
    console.log(`${result.error?.message ?? ""}${result.stdout ?? ""}${result.stderr ?? ""}`);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
