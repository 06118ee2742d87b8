import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { loadConfig } from "../../config/load.ts";
import type { ImportScore, MethodResult } from "../../protocol/index.ts";
import { createLog } from "../../rpc/log.ts";
import { isServing } from "../daemon.ts";
import { CliError, exitCodes } from "../failure.ts";
import { oneLine, table } from "../output.ts";
import { asJson, withServer } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import { version } from "../version.ts";

type Imported = MethodResult<"evidence/import">;

const percent = (part: number, of: number): string =>
  of === 0 ? "-" : `${((100 * part) / of).toFixed(1)} %`;

function showScore(
  { logs, labelled, classRight, found, byClass, misses }: ImportScore,
  width: number,
): string {
  const figures = [
    { name: "class right", part: classRight, of: labelled },
    { name: "cause in 8 KB", part: found.in8k, of: found.of },
    { name: "cause in 2 KB", part: found.in2k, of: found.of },
    { name: "cause in 1 KB", part: found.in1k, of: found.of },
  ];
  return [
    `\n${logs} logs, ${labelled} with a label\n`,
    table(
      figures,
      [
        { title: "SCORE", value: ({ name }) => name },
        { title: "RIGHT", value: ({ part }) => part },
        { title: "OF", value: ({ of }) => of },
        { title: "%", value: ({ part, of }) => percent(part, of) },
      ],
      width,
    ),
    "\n",
    table(
      byClass,
      [
        { title: "CLASS", value: ({ classification }) => classification },
        { title: "LOGS", value: ({ logs: count }) => count },
        { title: "RIGHT", value: ({ right }) => right },
      ],
      width,
    ),
    misses.length === 0 ? "" : "\n",
    misses.length === 0
      ? ""
      : table(
          misses,
          [
            { title: "MISSED", value: ({ log }) => log },
            { title: "EXPECTED", value: ({ expected }) => expected },
            { title: "GOT", value: ({ got }) => got },
            { title: "CAUSE", value: ({ found: isFound }) => (isFound ? "found" : "not found") },
          ],
          width,
        ),
  ].join("");
}

/** Without a server this process holds the state meanwhile; cases are triaged when a server starts. */
async function importHere(terminal: Terminal, path: string, target = "imported"): Promise<Imported> {
  const { stateDir, env } = terminal;
  // Before a state is made for nothing.
  await access(path).catch((error: unknown) => {
    throw new CliError(
      exitCodes.notFound,
      `${path} cannot be imported: it is not there, or not readable`,
      error,
    );
  });
  const { wire } = await import("../wire.ts");
  const log = createLog((line) => terminal.err(line), Date.now, "warn");
  const config = await loadConfig(stateDir);
  const wired = await wire({ stateDir, config, version, log, logFile: null, env, onShutdown: () => {} });
  try {
    return await wired.services.importEvidence(path, target, (text) => terminal.progress(oneLine(text)));
  } finally {
    await wired.stop();
  }
}

/** Takes logs that no hook captured into the server's state, and scores the diagnoses where labels lie beside. */
export async function importEvidence(
  terminal: Terminal,
  path: string,
  { target }: { target?: string },
): Promise<void> {
  const result = (await isServing(terminal.stateDir))
    ? await withServer(terminal, (client) =>
        client.call("evidence/import", { path: resolve(path), target }, terminal.signal),
      )
    : await importHere(terminal, resolve(path), target);
  if (terminal.json) {
    terminal.out(asJson(result));
    return;
  }
  terminal.out(
    table(
      result.bundles,
      [
        { title: "LOG", value: ({ log }) => log },
        { title: "CLASS", value: ({ classification }) => classification },
        { title: "PHASE", value: ({ phase }) => phase ?? "-" },
        { title: "CAUSE", value: ({ cause }) => cause },
        { title: "SIGNATURE", value: ({ signature }) => signature },
      ],
      terminal.width,
    ),
  );
  if (result.score) terminal.out(showScore(result.score, terminal.width));
}
