import { approvalChanged, dropped, isWaiting, untilAnswered } from "../../jobs/approvals.ts";
import type { JobContext } from "../../jobs/types.ts";
import { type Approval, type Attempt, ToolName } from "../../protocol/index.ts";
import type { Store } from "../../store/types.ts";
import type { Consent } from "../loop/consent.ts";

interface ConsentOptions {
  store: Store;
  now: () => number;
  newId: () => string;
}

/** What a build does by itself: who wants to be asked before one of these is asked before the build. */
const inBuild: readonly ToolName[] = ["materialize", "genpatch", "install_patches"];

/**
 * Asks people for the calls of these tools. A call that an earlier server asked for, and that the attempt makes again when
 * it goes on, is not asked for twice: what was answered holds.
 */
export function consentOf(
  { store, now, newId }: ConsentOptions,
  { append, standAside, signal }: Pick<JobContext, "append" | "standAside" | "signal">,
  { id: attemptId, caseId }: Pick<Attempt, "id" | "caseId">,
  tools: readonly ToolName[],
): Consent & { atTurn(turn: number): void } {
  let turn = 0;
  const taken = new Set<string>();
  const asked = () =>
    store
      .approvalsOf(caseId)
      .filter((one) => one.attemptId === attemptId && one.state !== "dropped" && !taken.has(one.id));
  return {
    atTurn(number) {
      turn = number;
      const gone = asked().filter((one) => isWaiting(one) && one.turn < number);
      if (gone.length > 0) append(...dropped(gone));
    },
    isNeeded: ({ name }) =>
      tools.some((tool) => tool === name || (name === "build" && inBuild.includes(tool))),
    async answer(call) {
      const tool = ToolName.parse(call.name);
      const earlier = asked();
      const found = earlier.find(
        (one) => one.turn === turn && one.tool === tool && one.arguments === call.arguments,
      );
      const approval: Approval = found ?? {
        ...{ id: newId(), caseId, attemptId, turn, tool, arguments: call.arguments },
        ...{ state: "waiting", who: null, text: "", at: now(), answeredAt: null },
      };
      taken.add(approval.id);
      if (found === undefined) append(...dropped(earlier.filter(isWaiting)), approvalChanged(approval));
      const { state, text } = await standAside(() => untilAnswered(store, approval, signal));
      return { approved: state === "approved", text };
    },
  };
}
