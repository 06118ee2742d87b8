import { readFileSync } from "node:fs";

/** Put in by the bundler; absent when the sources run directly. */
declare const PORTWRIGHT_VERSION: string | undefined;

function fromManifest(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest)
    return String(manifest.version);
  throw new Error("server/package.json names no version");
}

export const version = typeof PORTWRIGHT_VERSION === "string" ? PORTWRIGHT_VERSION : fromManifest();
