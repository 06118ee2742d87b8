import type { z } from "zod";
import { PortwrightError } from "../../protocol/index.ts";
import type { ForgeClient } from "./place.ts";
import { explain } from "./refusal.ts";
import { withoutToken } from "./secret.ts";

const answerBytes = 8 * 1024 * 1024;

/**
 * One request; its answer must have that shape. Throws ForgeRefusal for one that is refused for what it says (400, 409, 422),
 * PortwrightError environment with the remedy for all else. Neither says the token.
 */
export async function ask<Shape extends z.ZodType>(
  client: ForgeClient,
  shape: Shape,
  path: string,
  body?: object,
): Promise<z.infer<Shape>> {
  const { host, token, signal } = client;
  const timeout = AbortSignal.timeout(client.timeoutMs);
  const fault = (what: string, cause?: unknown) =>
    new PortwrightError(
      "environment",
      `${host} ${what}: push again later, what is done already is found again`,
      // A cause may hold the request with its headers.
      cause instanceof Error ? new Error(withoutToken(cause.message, token)) : undefined,
    );
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${client.api}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        accept: "application/json",
        authorization: `token ${token}`,
        "user-agent": "portwright",
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
      // Followed, the token would go wherever an answer says.
      redirect: "manual",
      signal: AbortSignal.any([signal, timeout]),
    });
    text = await readBounded(response);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TooLarge) throw fault("answers without end");
    if (timeout.aborted) throw fault("does not answer in time", error);
    const why = error instanceof Error ? (error.cause instanceof Error ? error.cause : error).message : "";
    throw fault(`cannot be reached (${withoutToken(why, token)})`, error);
  }
  const json = parsed(text);
  if (!response.ok) throw explain(client, response, withoutToken(wordsOf(json, text), token));
  const answer = shape.safeParse(json);
  if (!answer.success) throw fault("answers otherwise than its API says; is delivery.forge.api its address?");
  return answer.data;
}

class TooLarge extends Error {}

async function readBounded({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > answerBytes) throw new TooLarge();
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** `{message, errors: [{message}]}`, of which the errors tell more; or a page of whatever stands between. */
function wordsOf(json: unknown, text: string): string {
  if (typeof json !== "object" || json === null || !("message" in json)) return text;
  const errors: unknown[] = "errors" in json && Array.isArray(json.errors) ? json.errors : [];
  try {
    const more = errors.map((error) =>
      typeof error === "object" && error !== null && "message" in error
        ? error.message
        : JSON.stringify(error),
    );
    return [json.message, ...more].join("; ");
  } catch {
    // Nested too deep to be put together again.
    return text;
  }
}
