import type { ForgeConfig } from "../../config/forge.ts";

/** A configured forge with its addresses. */
export interface ForgePlace {
  config: ForgeConfig;
  /** Of its REST API, without a slash at its end. */
  api: string;
  /** `OWNER/NAME` to which branches are pushed. */
  fork: string;
  /** What git pushes to. */
  remote: string;
  /** Host that people know it by, and where its pages are. */
  host: string;
  web: string;
  /** Whether the remote is of the forge that the token is for. */
  takesToken: boolean;
}

/** The place as one push sees it. */
export interface ForgeClient extends ForgePlace {
  token: string;
  /** Of one request. */
  timeoutMs: number;
  signal: AbortSignal;
  /** Milliseconds since the epoch. */
  now: () => number;
}

export function forgePlace(config: ForgeConfig): ForgePlace {
  const api = (config.api ?? "https://api.github.com").replace(/\/+$/, "");
  // The API of github.com has a host of its own; others have a path.
  const web =
    new URL(api).hostname === "api.github.com" ? "https://github.com" : api.replace(/\/api\/v\d+$/, "");
  const fork = config.fork ?? config.repository;
  const remote = config.remote ?? `${web}/${fork}.git`;
  const takesToken = /^https?:/.test(remote) && new URL(remote).origin === new URL(web).origin;
  return { config, api, fork, remote, web, host: new URL(web).host, takesToken };
}
