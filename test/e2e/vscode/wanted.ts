import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findWorkbench, type InstalledWorkbench, type WorkbenchVersion } from "./install.mjs";

const installer = fileURLToPath(new URL("install.mjs", import.meta.url));
/** What a test in a real editor may take. */
export const inEditor = { timeout: 300_000 };

const isWanted = Boolean(process.env.CI || process.env.PORTWRIGHT_E2E);

/** Whether tests in a real VS Code can run, or must; says loudly that they do not. */
export function isWorkbenchWanted(): boolean {
  if (isWanted || findWorkbench() !== null) return true;
  console.warn(
    "SKIPPED: the tests in a real VS Code (test/e2e/vscode). Run them with\n" +
      "  PORTWRIGHT_E2E=1 npm test -- test/e2e/vscode\n" +
      "which installs code-server and Chromium once (two to three minutes, 0.8 GB).",
  );
  return false;
}

/** The workbench, installed when it is not there yet. */
export async function installWorkbench(which: WorkbenchVersion = "newest"): Promise<InstalledWorkbench> {
  if (!findWorkbench(which)) await promisify(execFile)(process.execPath, [installer, which]);
  const installed = findWorkbench(which);
  if (!installed) throw new Error("the workbench is not installed");
  return installed;
}
