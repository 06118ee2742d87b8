import type { ServerConfig } from "../config/config.ts";
import type { EnvironmentKind } from "../protocol/index.ts";
import { EnvironmentError } from "./errors.ts";
import { selfTestBwrap } from "./selftest.ts";

const plainLacks =
  "plain folders isolate nothing: ports' code runs as this user, with the network, and can write whatever this user can";

/** Picks the isolation; `bwrap` asked for and not working is an error, never a silent fall back. */
export async function chooseKind(
  wanted: ServerConfig["environment"]["kind"],
  scratch: string,
  etc: string,
): Promise<{ kind: EnvironmentKind; note: string }> {
  if (wanted === "plain") return { kind: "plain", note: `as configured; ${plainLacks}` };
  const broken = (await selfTestBwrap(scratch, etc)).filter((check) => !check.ok);
  if (broken.length === 0)
    return {
      kind: "bwrap",
      note: "bubblewrap: no network outside the fetch phase, read-only trees, own uid",
    };
  const why = broken.map((check) => check.message).join("; ");
  if (wanted === "bwrap")
    throw new EnvironmentError("unavailable", `environment kind bwrap is configured, but ${why}`);
  return { kind: "plain", note: `${why}; ${plainLacks}` };
}
