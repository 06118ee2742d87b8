/** `make` is BSD make on the BSDs and GNU make elsewhere. */
export function defaultMake(): string {
  return process.platform === "linux" || process.platform === "darwin" ? "bmake" : "make";
}

/** Whether a process of this host runs, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
