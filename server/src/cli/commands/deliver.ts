import type { Delivery } from "../../protocol/index.ts";
import { CliError, exitCodes } from "../failure.ts";
import { clean, facts, oneLine, table, when } from "../output.ts";
import { asJson, callAndShow, withServer } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import type { CaseOptions } from "./case.ts";

export async function preview(terminal: Terminal, ref: string, { target }: CaseOptions): Promise<void> {
  const found = await withServer(terminal, (client) =>
    client.call("delivery/preview", { case: ref, target }, terminal.signal),
  );
  const { repository, branch, base, baseNote, message, files, problems, push: to } = found;
  const proposal =
    to &&
    `${to.draft ? "draft pull request" : "pull request"} to ${to.into} of ${to.repository} at ${to.host}`;
  const from = baseNote ? `${base} (${baseNote})` : base;
  if (terminal.json) terminal.out(asJson(found));
  else
    terminal.out(
      facts({ repository, branch, from, "a push goes to": to?.remote, "and opens a": proposal }) +
        files.map(({ path, status }) => `${oneLine(`${status.padEnd(8)}  ${path}`)}\n`).join("") +
        (message && `\n${clean(message)}`),
    );
  if (problems.length > 0)
    throw new CliError(exitCodes.failure, `it cannot be delivered now: ${problems.map(oneLine).join("; ")}`);
}

/** Ends with what only the person does. */
export async function apply(
  terminal: Terminal,
  ref: string,
  { target, push: pushes = false }: CaseOptions & { push?: boolean },
): Promise<void> {
  if (!pushes) return callAndShow(terminal, "delivery/apply", { case: ref, target }, applied);
  const { delivery } = await withServer(terminal, (client) =>
    client.call("delivery/apply", { case: ref, target }, terminal.signal),
  );
  if (!terminal.json) terminal.out(showCommit(delivery));
  await push(terminal, delivery.caseId, {});
}

function applied({ delivery }: { delivery: Delivery }): string {
  const { repository, branch, caseId } = delivery;
  const by = `portwright deliver push ${oneLine(caseId)}, or git -C ${oneLine(repository)} push REMOTE ${oneLine(branch)}`;
  return `${showCommit(delivery)}\nNext, when you have looked at it: ${by}\n`;
}

function showCommit({ branch, commit, subject, patchSha256, plainSha256 }: Delivery): string {
  const stored = { "for git am": patchSha256, "for patch -p1 -E": plainSha256 };
  return facts({ branch, commit, subject, ...stored });
}

export async function push(terminal: Terminal, ref: string, { target }: CaseOptions): Promise<void> {
  await callAndShow(terminal, "delivery/push", { case: ref, target }, ({ delivery }) => {
    const { pushed, pullRequest } = delivery;
    return facts({
      "pushed to": pushed?.remote,
      "pull request": pullRequest && `${pullRequest.url} (${pullRequest.state})`,
    });
  });
}

export async function undo(terminal: Terminal, ref: string, { target }: CaseOptions): Promise<void> {
  await callAndShow(
    terminal,
    "delivery/undo",
    { case: ref, target },
    ({ delivery: { branch, pushed, pullRequest } }) => {
      const left = [pushed?.remote, pullRequest?.url].filter((place) => place !== undefined);
      const there =
        left.length === 0 ? "" : `; it is still at ${left.map(oneLine).join(" and ")}: close it there`;
      return `${oneLine(branch)} is gone here, and the fix is accepted still${there}\n`;
    },
  );
}

export async function list(terminal: Terminal, ref: string, { target }: CaseOptions): Promise<void> {
  const show = (deliveries: Delivery[]): string =>
    table(
      deliveries,
      [
        { title: "AT", value: ({ at }) => when(at) },
        { title: "STATE", value: ({ state }) => state },
        { title: "BRANCH", value: ({ branch }) => branch },
        { title: "PUSHED", value: ({ pushed, pullRequest }) => pullRequest?.url ?? pushed?.remote ?? "-" },
        { title: "COMMIT", value: ({ commit }) => commit.slice(0, 12) },
        { title: "PROOF", value: ({ proofId }) => proofId },
        { title: "WHO", value: ({ who }) => who },
      ],
      terminal.width,
    );
  await callAndShow(terminal, "delivery/list", { case: ref, target }, ({ deliveries }) =>
    deliveries.length === 0 ? "nothing was delivered\n" : show(deliveries),
  );
}
