/** Every phase of a build in order, as the framework names its targets. */
export const phases = [
  "check-sanity",
  "pkg-depends",
  "fetch-depends",
  "fetch",
  "checksum",
  "extract-depends",
  "extract",
  "patch-depends",
  "patch",
  "build-depends",
  "lib-depends",
  "configure",
  "build",
  "run-depends",
  "stage",
  "check-plist",
  "package",
] as const;

/** Log file name of a port, as dsynth forms it: only the first `/` is replaced. */
export function logName(origin: string, flavor: string): string {
  return `${origin.replace("/", "___")}${flavor === "" ? "" : `@${flavor}`}.log`;
}
