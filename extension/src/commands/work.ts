import type { Case, Job } from "@portwright/server/protocol";
import * as vscode from "vscode";
import { allowing } from "../cases/actions.ts";
import { portName, stateText } from "../cases/words.ts";
import type { CommandId } from "../contributions.ts";
import { inert } from "../inert.ts";
import type { Services } from "../services.ts";
import { type ChosenCase, chooseCase, chooseCases } from "./chooseCase.ts";
import { followJob } from "./follow.ts";
import { severally } from "./severally.ts";

const { t } = vscode.l10n;

const methods = { triage: "case/triage", patch: "case/patch", verify: "case/verify" } as const;
type Work = keyof typeof methods;

/**
 * Asks for the work on the selected cases. Of a single one it shows how the work goes to its end, and cancelling stops the
 * work itself; that of several is seen in the tree.
 */
export async function startWork(
  services: Services,
  work: Work,
  node: unknown,
  selected: readonly unknown[] = [],
): Promise<void> {
  const wish = allowing(work);
  const cases = await chooseCases(services.builders, node, selected, wish);
  const [only, ...others] = cases;
  if (!only) return;
  if (others.length > 0)
    return startAll(
      work,
      cases.filter(({ subject }) => wish.fits(subject)),
      cases.length,
    );
  const { job } = await only.builder.connection.call(methods[work], { case: only.subject.id });
  await followWork(services, only, work, job);
}

async function startAll(work: Work, cases: readonly ChosenCase[], selected: number): Promise<void> {
  const texts: Record<Work, string> = {
    triage: t("Diagnose {0} of {1} ports?", cases.length, selected),
    patch: t("Run a patch attempt on {0} of {1} ports?", cases.length, selected),
    verify: t("Prove the fixes of {0} of {1} ports?", cases.length, selected),
  };
  if (cases.length === 0) throw new Error(t("None of the selected ports is ready for that."));
  const go = t("Ask for It");
  if ((await vscode.window.showWarningMessage(texts[work], { modal: true }, go)) !== go) return;
  await severally(cases, ({ builder, subject }) =>
    builder.connection.call(methods[work], { case: subject.id }),
  );
  vscode.window.setStatusBarMessage(`$(check) ${t("Asked for: {0}", cases.length)}`, 5000);
}

/** Tries again what ended without a fix: another attempt, or the diagnosis where there is none yet. */
export async function retry(services: Services, node: unknown): Promise<void> {
  const chosen = await chooseCase(services.builders, node, allowing("patch", "triage"));
  if (!chosen) return;
  const { builder, subject } = chosen;
  await startWork(services, allowing("patch").fits(subject) ? "patch" : "triage", {
    builder: builder.name,
    caseId: subject.id,
  });
}

/** Shows how a job goes to its end, and what came of it. */
export async function followWork(
  services: Services,
  chosen: ChosenCase,
  work: Work,
  job: Job,
): Promise<void> {
  const { builder, subject } = chosen;
  const { connection, book } = builder;
  const done = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: titleOf(work, portName(subject)),
      cancellable: true,
    },
    async (progress, token) => {
      const listening = connection.onEvents((events) => {
        for (const { type, payload } of events)
          if (type === "build/phase" && payload.caseId === subject.id)
            progress.report({ message: payload.phase });
      });
      const stopping = token.onCancellationRequested(() => void stop(services, chosen));
      try {
        return await followJob(connection, book, subject.id, job.id);
      } finally {
        listening.dispose();
        stopping.dispose();
      }
    },
  );
  await tellEnd(builder.name, done);
}

function titleOf(work: Work, name: string): string {
  if (work === "triage") return t("Diagnosing {0}", name);
  return work === "patch" ? t("Repairing {0}", name) : t("Proving the fix of {0}", name);
}

/** What came of the work, and what a person would do next. */
async function tellEnd(builder: string, subject: Case): Promise<void> {
  const name = portName(subject);
  const next: Partial<Record<Case["state"], { text: string; commands: CommandId[] }>> = {
    waiting: {
      text: t("{0}: a proved fix waits for your decision.", name),
      commands: ["portwright.openDiff", "portwright.showSession"],
    },
    proving: {
      text: t("{0}: a fix builds, its proof is still to be made.", name),
      commands: ["portwright.verify"],
    },
    escalated: {
      text: t("{0} needs you; the hand-over says what is known.", name),
      commands: subject.handOver ? ["portwright.showHandOver"] : [],
    },
    triaged: {
      text: t("{0} is diagnosed: {1}.", name, subject.decision?.reason || subject.classification),
      commands: ["portwright.openLog"],
    },
  };
  const { text, commands } = next[subject.state] ?? {
    text: t("{0}: {1}.", name, stateText(subject.state, t)),
    commands: [],
  };
  const titles: Partial<Record<CommandId, string>> = {
    "portwright.openDiff": t("Open Diff"),
    "portwright.showSession": t("Show Session"),
    "portwright.showHandOver": t("Show Hand-over"),
    "portwright.openLog": t("Open Log at Cause"),
    "portwright.verify": t("Verify"),
  };
  const choices = commands.map((command) => ({ command, title: titles[command] ?? command }));
  const chosen = await vscode.window.showInformationMessage(inert(text), ...choices);
  const row = { kind: "case", builder, caseId: subject.id };
  if (chosen) await vscode.commands.executeCommand(chosen.command, row);
}

export async function stopWork(
  services: Services,
  node: unknown,
  selected: readonly unknown[],
): Promise<void> {
  for (const chosen of await chooseCases(services.builders, node, selected, allowing("stop")))
    await stop(services, chosen);
}

async function stop({ log }: Services, { builder, subject }: ChosenCase): Promise<void> {
  try {
    const { stopped } = await builder.connection.call("case/stop", { case: subject.id });
    const name = portName(subject);
    const text = stopped.length > 0 ? t("Stopping {0}", name) : t("Nothing was running for {0}", name);
    vscode.window.setStatusBarMessage(text, 5000);
  } catch (error) {
    log.error(error instanceof Error ? error : String(error));
    void vscode.window.showErrorMessage(inert(error instanceof Error ? error.message : String(error)));
  }
}
