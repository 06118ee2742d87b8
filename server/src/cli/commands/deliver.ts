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
  const { repository, branch, base, baseNote, message, files, problems } = found;
  const from = baseNote ? `${base} (${baseNote})` : base;
  if (terminal.json) terminal.out(asJson(found));
  else
    terminal.out(
      facts({ repository, branch, from }) +
        files.map(({ path, status }) => `${oneLine(`${status.padEnd(8)}  ${path}`)}\n`).join("") +
        (message && `\n${clean(message)}`),
    );
  if (problems.length > 0)
    throw new CliError(exitCodes.failure, `it cannot be delivered now: ${problems.map(oneLine).join("; ")}`);
}

/** Ends with what only the person does. */
export async function apply(terminal: Terminal, ref: string, { target }: CaseOptions): Promise<void> {
  await callAndShow(terminal, "delivery/apply", { case: ref, target }, ({ delivery }) => {
    const { repository, branch, commit, subject, patchSha256, plainSha256 } = delivery;
    const stored = { "for git am": patchSha256, "for patch -p1 -E": plainSha256 };
    return (
      facts({ branch, commit, subject, ...stored }) +
      `\nNext, when you have looked at it: git -C ${oneLine(repository)} push REMOTE ${oneLine(branch)}\n`
    );
  });
}

export async function undo(terminal: Terminal, ref: string, { target }: CaseOptions): Promise<void> {
  await callAndShow(
    terminal,
    "delivery/undo",
    { case: ref, target },
    ({ delivery }) => `${oneLine(delivery.branch)} is gone; the fix is accepted still\n`,
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
