import { portName } from "../cases/words.ts";
import type { ChosenCase } from "./chooseCase.ts";

/** Requests about different cases that are under way at one time. */
const atOnce = 8;
/** Refusals that are told word for word. */
const toldRefusals = 3;

/** Does it for each case, a few at a time. What the server refused is thrown when all were asked for. */
export async function severally(
  cases: readonly ChosenCase[],
  act: (chosen: ChosenCase) => Promise<unknown>,
): Promise<void> {
  const refusals: string[] = [];
  const left = cases.values();
  const work = async (): Promise<void> => {
    for (const chosen of left)
      try {
        await act(chosen);
      } catch (error) {
        refusals.push(`${portName(chosen.subject)}: ${error instanceof Error ? error.message : error}`);
      }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  if (refusals.length === 0) return;
  const more = refusals.length > toldRefusals ? `; ${refusals.length - toldRefusals} more` : "";
  throw new Error(`${refusals.slice(0, toldRefusals).join("; ")}${more}`);
}
