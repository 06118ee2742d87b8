const BODY_BYTES = 256 * 1024;

/**
 * `fetch` whose refusals always have their body under `error`, where the SDK looks: endpoints also send
 * `{"detail": ...}`, a list of errors, or plain text, which it would drop.
 */
export async function fetchWithErrorBody(
  input: string | URL | Request,
  init?: RequestInit,
): Promise<Response> {
  const response = await fetch(input, init);
  if (response.ok || response.body === null) return response;
  const text = await readBounded(response.body);
  const headers = new Headers(response.headers);
  headers.set("content-type", "application/json");
  headers.delete("content-length");
  headers.delete("content-encoding");
  return new Response(JSON.stringify({ error: errorOf(text) }), { status: response.status, headers });
}

function errorOf(text: string): unknown {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // A proxy's page or plain words; quoted as they are.
    return text.slice(0, 2000);
  }
  const first: unknown = Array.isArray(body) ? body[0] : body;
  if (typeof first === "object" && first !== null && "error" in first) return first.error ?? first;
  return first;
}

async function readBounded(body: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= BODY_BYTES) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}
