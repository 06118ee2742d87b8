import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import type { Builders } from "../builders/builders.ts";
import { ServerError } from "../connection/errors.ts";
import { type CommandId, commandIds } from "../contributions.ts";
import { inert } from "../inert.ts";
import type { Services } from "../services.ts";
import type { FailingPorts } from "../tree/failingPorts.ts";
import type { NodeOf } from "../tree/nodes.ts";
import type { MoreNode } from "../views/listNodes.ts";
import { connectTo, disconnect, removeBuilder } from "./connectTo.ts";
import { decide } from "./decide.ts";
import { deliver, undoDelivery } from "./deliver.ts";
import {
  createEnvironment,
  destroyEnvironment,
  environmentDoctor,
  openEnvironmentTerminal,
  resetEnvironment,
  updateEnvironment,
} from "./environments.ts";
import { compareWithLastGood, exportBundle, openEvidence } from "./evidence.ts";
import { exportSession } from "./exportSession.ts";
import { collectDiagnostics, doctor } from "./health.ts";
import { installOnBuilder } from "./install.ts";
import { lendModels } from "./lendModels.ts";
import { openLog } from "./log.ts";
import { assign, ignore, snooze, unignore, wake } from "./marks.ts";
import { setModelKey } from "./modelKey.ts";
import { moreActions } from "./moreActions.ts";
import { addContext, addNote, showActivity, showNotes } from "./notes.ts";
import { showHandOver, showSession } from "./open.ts";
import { patchWith } from "./patchWith.ts";
import { checkPolicy, explainPolicy, openPolicy } from "./policy.ts";
import { openPortFile } from "./portFile.ts";
import { clearFilter, filterPorts, groupBy, search } from "./ports.ts";
import { exportProof, verifyProof } from "./proof.ts";
import { pushDelivery, setForgeToken } from "./push.ts";
import { chooseHunks, openDiff, proveKept, toggleHunk } from "./review.ts";
import { compareRuns } from "./runs.ts";
import { searchFailures } from "./searchFailures.ts";
import { openSource } from "./source.ts";
import { pause, resume, steer } from "./steer.ts";
import { retry, startWork, stopWork } from "./work.ts";

/** `selected` are all selected rows, where the command was asked for in a view. */
type Handler = (services: Services, node: unknown, selected: readonly unknown[]) => Promise<void> | void;

/** One handler a command: leaving one out does not compile. */
const handlers: Readonly<Record<CommandId, Handler>> = {
  "portwright.connect": connectTo,
  "portwright.disconnect": disconnect,
  "portwright.removeBuilder": removeBuilder,
  "portwright.installServer": installOnBuilder,
  "portwright.refresh": async ({ builders }, node) => {
    await Promise.all(named(builders, node).map(({ connection }) => connection.refresh()));
  },
  "portwright.triage": (services, node, selected) => startWork(services, "triage", node, selected),
  "portwright.patch": (services, node, selected) => startWork(services, "patch", node, selected),
  "portwright.verify": (services, node, selected) => startWork(services, "verify", node, selected),
  "portwright.openDiff": openDiff,
  "portwright.openLog": openLog,
  "portwright.showSession": showSession,
  "portwright.exportSession": exportSession,
  "portwright.showHandOver": showHandOver,
  "portwright.accept": (services, node) => decide(services, "accept", node),
  "portwright.reject": (services, node) => decide(services, "reject", node),
  "portwright.stop": stopWork,
  "portwright.showLogs": ({ log }) => log.show(),
  "portwright.patchWith": patchWith,
  "portwright.retry": retry,
  "portwright.steer": steer,
  "portwright.pause": pause,
  "portwright.resume": resume,
  "portwright.deliver": deliver,
  "portwright.undoDelivery": undoDelivery,
  "portwright.pushDelivery": pushDelivery,
  "portwright.setForgeToken": setForgeToken,
  "portwright.addContext": addContext,
  "portwright.addNote": addNote,
  "portwright.showNotes": showNotes,
  "portwright.showActivity": showActivity,
  "portwright.openEvidence": openEvidence,
  "portwright.exportBundle": exportBundle,
  "portwright.exportProof": exportProof,
  "portwright.verifyProof": verifyProof,
  "portwright.compareWithLastGood": compareWithLastGood,
  "portwright.toggleHunk": toggleHunk,
  "portwright.chooseHunks": chooseHunks,
  "portwright.proveKept": proveKept,
  "portwright.commentNote": ({ comments }, reply) => comments.add(reply as vscode.CommentReply, false),
  "portwright.commentSteer": ({ comments }, reply) => comments.add(reply as vscode.CommentReply, true),
  "portwright.openPolicy": openPolicy,
  "portwright.checkPolicy": checkPolicy,
  "portwright.explainPolicy": explainPolicy,
  "portwright.doctor": doctor,
  "portwright.collectDiagnostics": collectDiagnostics,
  "portwright.setModelKey": setModelKey,
  "portwright.lendModels": lendModels,
  "portwright.groupBy": groupBy,
  "portwright.filter": filterPorts,
  "portwright.search": search,
  "portwright.searchFailures": searchFailures,
  "portwright.clearFilter": clearFilter,
  "portwright.showMore": ({ tree }, node) => showMore(tree, node as NodeOf<"more"> | MoreNode),
  "portwright.ignore": ignore,
  "portwright.unignore": unignore,
  "portwright.snooze": snooze,
  "portwright.wake": wake,
  "portwright.assign": assign,
  "portwright.compareRuns": compareRuns,
  "portwright.envCreate": createEnvironment,
  "portwright.envUpdate": updateEnvironment,
  "portwright.envReset": resetEnvironment,
  "portwright.envDestroy": destroyEnvironment,
  "portwright.envTerminal": openEnvironmentTerminal,
  "portwright.envDoctor": environmentDoctor,
  "portwright.moreActions": moreActions,
  "portwright.openSource": openSource,
  "portwright.openPortFile": openPortFile,
};

function showMore(tree: FailingPorts, node: NodeOf<"more"> | MoreNode): Promise<void> {
  return "more" in node ? node.more() : tree.showMore(node);
}

function isUnknownMethod(error: unknown): error is ServerError {
  return error instanceof ServerError && error.kind === "unknownMethod";
}

/** A person broke it off, and knows. */
function isCancelled(error: unknown): boolean {
  return error instanceof ServerError && error.kind === "cancelled";
}

/** The builder of the row, or all of them. */
function named(builders: Builders, node: unknown): readonly Builder[] {
  const name = typeof node === "object" && node !== null && "builder" in node ? node.builder : null;
  return name === null ? builders.list() : builders.list().filter((builder) => builder.name === name);
}

/** Registers every command; one that fails says why and where to read more. */
export function registerCommands(services: Services): vscode.Disposable {
  const run = async (id: CommandId, node: unknown, selected: unknown): Promise<void> => {
    try {
      await handlers[id](services, node, Array.isArray(selected) ? selected : []);
    } catch (error) {
      if (isCancelled(error)) return;
      services.log.error(error instanceof Error ? error : String(error));
      const showLogs = vscode.l10n.t("Show Logs");
      const message = isUnknownMethod(error)
        ? vscode.l10n.t(
            "The builder's server does not know this yet: update portwright there. ({0})",
            error.message,
          )
        : error instanceof Error
          ? error.message
          : String(error);
      const chosen = await vscode.window.showErrorMessage(inert(message), showLogs);
      if (chosen === showLogs) services.log.show();
    }
  };
  return vscode.Disposable.from(
    ...commandIds.map((id) =>
      vscode.commands.registerCommand(id, (node: unknown, selected: unknown) => run(id, node, selected)),
    ),
  );
}
