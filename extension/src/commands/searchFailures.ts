import type { CaseHit } from "@portwright/server/protocol";
import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import { agoText, portName, stateText } from "../cases/words.ts";
import { ConnectionLostError } from "../connection/errors.ts";
import type { Services } from "../services.ts";
import { openLog } from "./log.ts";
import { searchAndPick } from "./searchAndPick.ts";

const { t } = vscode.l10n;
/** Failures of a builder that are shown; further words find others. */
const mostShown = 50;

/** Finds failures, also earlier ones, by words of their evidence as they are typed, and opens the log of the picked one. */
export async function searchFailures(services: Services): Promise<void> {
  const builders = services.builders
    .list()
    .filter(({ connection }) => connection.capabilities.includes("search"));
  if (builders.length === 0)
    throw new Error(t("No builder can search now: connect one, or update portwright there."));
  const picked = await searchAndPick({
    placeHolder: t("Words of a failure's port, cause or quoted lines"),
    async search(text, signal) {
      if (text === "") return [];
      const found = await Promise.all(builders.map((builder) => hitsOf(builder, text, signal)));
      const more = { ...{ label: t("There are more: add words"), alwaysShow: true }, value: null };
      return [
        ...found.flatMap(({ builder, hits }) =>
          hits.map((hit) => ({ ...itemOf(hit), value: { builder: builder.name, hit } })),
        ),
        ...(found.some(({ isAll }) => !isAll) ? [more] : []),
      ];
    },
  });
  if (!picked) return;
  const { builder, hit } = picked;
  await openLog(services, { builder, caseId: hit.case.id, bundleId: hit.bundleId });
}

async function hitsOf(builder: Builder, text: string, signal: AbortSignal) {
  try {
    const asked = { text, hidden: "without", limit: mostShown } as const;
    const { hits, nextCursor } = await builder.connection.call("cases/search", asked, signal);
    return { builder, hits, isAll: nextCursor === null };
  } catch (error) {
    // The others may be there.
    if (error instanceof ConnectionLostError) return { builder, hits: [], isAll: true };
    throw error;
  }
}

function itemOf({ case: subject, classification, phase, at, snippet }: CaseHit): vscode.QuickPickItem {
  const terms = [
    subject.target,
    stateText(subject.state, t),
    classification,
    phase,
    agoText(Date.now() - at, t),
  ];
  return { label: portName(subject), description: terms.filter(Boolean).join(" · "), detail: snippet };
}
