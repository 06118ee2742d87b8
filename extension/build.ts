import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const common: BuildOptions = { bundle: true, minify: true, legalComments: "none", logLevel: "warning" };
// The oldest supported editor runs on Node 20.
const inEditor: BuildOptions = { ...common, platform: "node", format: "cjs", target: "node20" };

/** What far builders need is a file of its own, loaded with the first of them. */
const sshOnDemand: Plugin = {
  name: "ssh-on-demand",
  setup({ onResolve }) {
    onResolve({ filter: /^ssh2$/ }, () => ({ path: "./ssh2.cjs", external: true }));
  },
};

/** Bundles the extension into one CommonJS file, SSH into another, and the session view into one script and one style. */
export async function bundle(folder = here("dist")): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await build({
    ...inEditor,
    entryPoints: [here("src/extension.ts")],
    outfile: join(folder, "extension.cjs"),
    external: ["vscode"],
    plugins: [sshOnDemand],
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
