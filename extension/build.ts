import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const common: BuildOptions = { bundle: true, minify: true, legalComments: "none", logLevel: "warning" };
// The oldest supported editor runs on Node 20.
const inEditor: BuildOptions = { ...common, platform: "node", format: "cjs", target: "node20" };

/** What far builders need, and what ports files do, are files of their own, loaded with the first of them. */
const onDemand: Plugin = {
  name: "on-demand",
  setup({ onResolve }) {
    onResolve({ filter: /^ssh2$/ }, () => ({ path: "./ssh2.cjs", external: true }));
    onResolve({ filter: /\/portsClient\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "./portsClient.cjs", external: true } : null,
    );
  },
};

/** Bundles the extension into CommonJS files, of which one is loaded at once, and the session view into one script and one style. */
export async function bundle(folder = here("dist")): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await build({
    ...inEditor,
    entryPoints: [here("src/extension.ts"), here("src/language/ports/portsClient.ts")],
    entryNames: "[name]",
    outdir: folder,
    outExtension: { ".js": ".cjs" },
    external: ["vscode"],
    plugins: [onDemand],
    // Only `require` finds the editor's own module in every version of it.
    supported: { "dynamic-import": false },
  });
  await build({
    ...inEditor,
    entryPoints: ["ssh2"],
    absWorkingDir: here("."),
    outfile: join(folder, "ssh2.cjs"),
    // It does without its native parts.
    external: ["cpu-features", "*.node"],
  });
  await bundleView(folder);
}

/** The session view alone, as `session.js` and `session.css`. */
export async function bundleView(outdir: string): Promise<void> {
  await build({
    ...common,
    entryPoints: { session: here("../webview/src/main.tsx") },
    outdir,
    platform: "browser",
    format: "iife",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
  });
}

if (import.meta.main) await bundle();
