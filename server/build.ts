import { chmod, cp, readFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const manifest: { version: string; engines: { node: string } } = JSON.parse(
  await readFile(here("package.json"), "utf8"),
);
const oldestNode = Number.parseInt(manifest.engines.node.replace(">=", ""), 10);

/**
 * An import of the native module would be hoisted to the top of the one file and load it for every command;
 * this way it is loaded where the store is opened.
 */
const nativeOnDemand: Plugin = {
  name: "native-on-demand",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^better-sqlite3$/ }, ({ path }) => ({ path, namespace: "native" }));
    onLoad({ filter: /.*/, namespace: "native" }, ({ path }) => ({
      contents: `import { createRequire } from "node:module";
        export default createRequire(import.meta.url)(${JSON.stringify(path)});`,
    }));
  },
};

await rm(here("dist"), { recursive: true, force: true });
await build({
  entryPoints: [here("src/cli/main.ts")],
  outfile: here("dist/portwright.mjs"),
  bundle: true,
  platform: "node",
  format: "esm",
  target: `node${oldestNode}`,
  plugins: [nativeOnDemand],
  // ssh2 does without its native parts.
  external: ["cpu-features", "*.node"],
  define: { PORTWRIGHT_VERSION: JSON.stringify(manifest.version) },
  banner: {
    // An older Node would fail somewhere in the middle, with words that name no remedy.
    // Packages that are CommonJS call `require` of Node's own modules, and name the folder that they are in.
    js: `#!/usr/bin/env node
import { createRequire as portwrightRequire } from "node:module";
if (Number.parseInt(process.versions.node) < ${oldestNode}) {
  process.stderr.write("portwright: Node ${oldestNode} or newer is needed; " + process.execPath + " is " + process.versions.node + "\\n");
  process.exit(1);
}
const require = portwrightRequire(import.meta.url);
const __dirname = import.meta.dirname;`,
  },
  logLevel: "warning",
});
await chmod(here("dist/portwright.mjs"), 0o755);
for (const folder of ["hooks", "policy"])
  await cp(here(`../${folder}`), here(`dist/${folder}`), { recursive: true });
