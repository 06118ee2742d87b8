import { EnvironmentError, Unhealthy } from "../../environments/errors.ts";
import type { Environment } from "../../environments/types.ts";
import { PortwrightError } from "../../protocol/index.ts";
import { applyAgain, holdsEdits, lastMemory } from "../replay/environment.ts";
import { NotResumable } from "../replay/notResumable.ts";
import { playBack } from "../replay/playback.ts";
import type { PlayedTurn, Script } from "../replay/script.ts";
import { recall } from "../tools/memory.ts";
import type { AttemptState } from "../tools/state.ts";
import { sha256 } from "../tools/text.ts";
import type { ToolContext } from "../tools/types.ts";
import type { Resume } from "../types.ts";
import type { Outside } from "./conversation.ts";

/**
 * The environment as the last recorded turn left it: as it stands where that is proved, else made anew. `context` is for
 * this alone. Throws NotResumable where neither can be proved.
 */
export async function bringBack(
  context: ToolContext,
  { record: { turns }, isQuiet, reset }: Resume,
  redact: (text: string) => string,
): Promise<Environment> {
  try {
    if (isQuiet && (await holdsEdits(context, turns))) return context.environment;
    const environment = await reset();
    await applyAgain({ ...context, environment }, turns, redact);
    return environment;
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof Unhealthy) throw error;
    if (error instanceof EnvironmentError || error instanceof PortwrightError)
      throw new NotResumable(error.message, error);
    throw error;
  }
}

/** What is recorded, each request held against the one that was sent, and then what `after` gives. */
export async function recorded(
  { turns, read }: Script,
  state: AttemptState,
  after: Outside,
): Promise<ReturnType<typeof playBack>> {
  await recall(state, lastMemory(turns), read);
  const asked = ({ number, trace: { request } }: PlayedTurn, body: unknown): void => {
    if (sha256(JSON.stringify(body)) !== request?.sha256)
      throw new NotResumable(`this server would have asked turn ${number} in other words`);
  };
  return playBack({ turns, read, state, asked }, after);
}
