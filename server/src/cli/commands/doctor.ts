import { amiss } from "../../environments/check.ts";
import { checkText } from "../../protocol/attention.ts";
import type { Check, MethodResult } from "../../protocol/index.ts";
import { CliError, exitCodes } from "../failure.ts";
import { clean, table } from "../output.ts";
import { asJson, callAndShow, withServer } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import { doctorHere } from "./doctorHere.ts";

/** Ends with failure when one of the checks does. */
function showChecks(terminal: Terminal, result: MethodResult<"doctor" | "env/doctor">): void {
  terminal.out(terminal.json ? asJson(result) : tableOf(result.checks));
  if (result.checks.some(({ ok }) => !ok)) throw new CliError(exitCodes.failure, "");
}

function tableOf(checks: readonly Check[]): string {
  return table(
    checks,
    [
      { title: "", value: ({ ok }) => (ok ? "ok" : "FAILS") },
      { title: "CHECK", value: ({ name }) => name },
      { title: "", value: checkText },
    ],
    // What fails ends with its remedy: nothing of it is cut off.
    Number.POSITIVE_INFINITY,
  );
}

export async function doctor(terminal: Terminal): Promise<void> {
  const { stateDir, signal } = terminal;
  const result = await withServer(terminal, (client) => client.call("doctor", {}, signal)).catch(
    withoutServer(async () => {
      const remedy = `start it with \`portwright serve --state ${stateDir}\``;
      const { checks } = await doctorHere(terminal, false);
      return { checks: [amiss("state", "server", `none runs on ${stateDir}`, remedy), ...checks] };
    }),
  );
  showChecks(terminal, result);
}

/** Goes on with what can be told where no server runs. */
const withoutServer =
  <T>(look: () => Promise<T>) =>
  (error: unknown): Promise<T> => {
    if (error instanceof CliError && error.exitCode === exitCodes.unreachable) return look();
    throw error;
  };

export async function environmentDoctor(terminal: Terminal, { fix }: { fix?: boolean }): Promise<void> {
  const result = await withServer(terminal, (client) =>
    client.call("env/doctor", { fix }, terminal.signal),
  ).catch(withoutServer(() => doctorHere(terminal, fix === true)));
  if (!terminal.json) for (const name of result.cleared ?? []) terminal.out(`cleared away: ${clean(name)}\n`);
  showChecks(terminal, result);
}

export async function diagnostics(terminal: Terminal): Promise<void> {
  await callAndShow(terminal, "diagnostics/collect", {}, ({ text }) => clean(text));
}
