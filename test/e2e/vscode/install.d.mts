export interface InstalledWorkbench {
  node: string;
  entry: string;
  chromium: string;
}
/** Where the parts lie; null when they are not all there. */
export function findWorkbench(): InstalledWorkbench | null;
