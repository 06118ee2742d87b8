import type { Case } from "@portwright/server/protocol";
import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import type { Builders } from "../builders/builders.ts";
import type { CaseWish } from "../cases/actions.ts";
import { offeredCases } from "../cases/offered.ts";
import { portName, stateText } from "../cases/words.ts";
import { ConnectionLostError, ServerError } from "../connection/errors.ts";
import { searchAndPick } from "./searchAndPick.ts";

const { t } = vscode.l10n;

/** A case and the builder that knows it. */
export interface ChosenCase {
  builder: Builder;
  subject: Case;
}

/** What names a case in a command's argument: a row of a tree, a code lens, another extension. */
interface CaseReference {
  builder: string | null;
  /** Its id, or with a target the name of the port. */
  caseId: string;
  target?: string;
}

function readReference(node: unknown): CaseReference | null {
  if (typeof node !== "object" || node === null || !("caseId" in node)) return null;
  const builder = "builder" in node ? String(node.builder) : null;
  const target = "target" in node && { target: String(node.target) };
  return { builder, caseId: String(node.caseId), ...target };
}

/** The case of the row, or one that the person picks among those that fit; undefined when he picks none. */
export async function chooseCase(
  builders: Builders,
  node: unknown,
  wish: CaseWish,
): Promise<ChosenCase | undefined> {
  const reference = readReference(node);
  if (reference) return findCase(builders, reference);
  const several = builders.list().length > 1;
  const chosen = await searchAndPick<ChosenCase | null>({
    placeHolder: t("Which port?"),
    nothing: t("There is no port to which this applies now."),
    async search(text, signal) {
      const found = await Promise.all(builders.list().map((of) => casesOf(of, wish, text, signal)));
      const items = found.flatMap(({ builder, cases }) =>
        cases.map((subject) => {
          const terms = [several && builder.name, subject.target, stateText(subject.state, t)];
          const description = terms.filter(Boolean).join(" · ");
          return {
            label: portName(subject),
            description,
            detail: subject.cause,
            value: { builder, subject },
          };
        }),
      );
      return found.every(({ isAll }) => isAll)
        ? items
        : [...items, { label: t("There are more: add words"), value: null }];
    },
  });
  return chosen ?? undefined;
}

/** The cases of the selected rows; of the row alone where it is not one of them, or as `chooseCase` finds it without one. */
export async function chooseCases(
  builders: Builders,
  node: unknown,
  selected: readonly unknown[],
  wish: CaseWish,
): Promise<ChosenCase[]> {
  const references = new Map<string, CaseReference>();
  for (const row of selected.includes(node) ? selected : []) {
    const reference = readReference(row);
    if (!reference) continue;
    const { builder, caseId, target } = reference;
    references.set(JSON.stringify([builder, caseId, target]), reference);
  }
  if (references.size > 1)
    return Promise.all([...references.values()].map((reference) => findCase(builders, reference)));
  const chosen = await chooseCase(builders, node, wish);
  return chosen ? [chosen] : [];
}

async function casesOf(builder: Builder, wish: CaseWish, text: string, signal: AbortSignal) {
  try {
    return { builder, ...(await offeredCases(builder.connection.call, wish, text, signal)) };
  } catch (error) {
    // The others may be there.
    if (error instanceof ConnectionLostError) return { builder, cases: [], isAll: true };
    throw error;
  }
}

async function findCase(
  builders: Builders,
  { builder: name, caseId, ...rest }: CaseReference,
): Promise<ChosenCase> {
  for (const builder of builders.list()) {
    if (name !== null && builder.name !== name) continue;
    try {
      return { builder, subject: await builder.book.find({ case: caseId, ...rest }) };
    } catch (error) {
      if (!(error instanceof ServerError && error.kind === "notFound")) throw error;
    }
  }
  throw new Error(t("No builder knows this case."));
}
