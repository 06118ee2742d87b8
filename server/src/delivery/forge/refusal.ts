import { PortwrightError } from "../../protocol/index.ts";
import type { ForgeClient } from "./place.ts";

/** The forge understood, and does not want it; its message is safe to show. */
export class ForgeRefusal extends Error {}

export const anotherToken = (variable: string) =>
  `set another one in ${variable} where the server is started, or give it from the editor (Set Forge Token)`;

/** What an answer other than yes means, and what to do about it; `said` are the forge's words. */
export function explain(client: ForgeClient, { status, headers }: Response, said: string): Error {
  const { host, config } = client;
  const { repository, tokenVariable } = config;
  const at = restsUntil(status, headers, client.now());
  if (at !== null)
    return environment(
      `${host} wants no more requests before ${new Date(at).toISOString()}: push again then`,
    );
  if (status === 401)
    return environment(`${host} does not take the token (${said}): ${anotherToken(tokenVariable)}`);
  if (status === 403)
    return environment(
      `the token may not do that at ${host} (${said}): it needs the right to write contents and pull requests of ` +
        `${repository}; ${anotherToken(tokenVariable)}`,
    );
  if (status === 404)
    return environment(
      `${host} shows no repository ${repository} to this token (${said}): correct "delivery.forge" in portwright.json, ` +
        `or ${anotherToken(tokenVariable)}`,
    );
  if (status >= 300 && status < 400)
    return environment(`${repository} has moved at ${host}: correct "delivery.forge" in portwright.json`);
  if (status === 400 || status === 409 || status === 422) return new ForgeRefusal(said);
  return environment(
    `${host} answers ${status} (${said}): push again later, what is done already is found again`,
  );
}

const environment = (message: string) => new PortwrightError("environment", message);

/** When it may be asked again, milliseconds since the epoch; null for a refusal that has other reasons. */
function restsUntil(status: number, headers: Headers, now: number): number | null {
  if (status !== 429 && status !== 403) return null;
  const wait = headers.get("retry-after");
  const seconds = Number(wait);
  if (wait !== null && Number.isFinite(seconds)) return now + Math.min(Math.max(seconds, 0), 86_400) * 1000;
  const reset = Number(headers.get("x-ratelimit-reset"));
  if (headers.get("x-ratelimit-remaining") === "0" && reset > 0 && reset < 1e11) return reset * 1000;
  return status === 429 ? now + 60_000 : null;
}
