export type WorkbenchVersion = "newest" | "oldest";
export interface InstalledWorkbench {
  /** Of code-server. */
  version: string;
  node: string;
  entry: string;
  chromium: string;
}
/** Where the parts lie; null when they are not all there. */
export function findWorkbench(which?: WorkbenchVersion): InstalledWorkbench | null;
