export type Ssh2 = typeof import("ssh2");

/** Loaded when the first far builder is reached: most windows need none of it. */
export async function loadSsh2(): Promise<Ssh2> {
  return (await import("ssh2")).default;
}
