import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const common: BuildOptions = { bundle: true, minify: true, legalComments: "none", logLevel: "warning" };

/** Bundles the extension into one CommonJS file, and the session view into one script and one style. */
export async function bundle(folder = here("dist")): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: [here("src/extension.ts")],
    outfile: join(folder, "extension.cjs"),
    platform: "node",
    format: "cjs",
    // The oldest supported editor runs on Node 20.
    target: "node20",
    external: ["vscode"],
  });
  await build({
    ...common,
    entryPoints: { session: here("../webview/src/main.tsx") },
    outdir: folder,
    platform: "browser",
    format: "iife",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
  });
}

if (import.meta.main) await bundle();
