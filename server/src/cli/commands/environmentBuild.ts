import { CliError, exitCodes } from "../failure.ts";
import { clean, oneLine, table } from "../output.ts";
import { asJson, callAndShow, withServer } from "../session.ts";
import type { Terminal } from "../terminal.ts";

interface BuildOptions {
  flavor?: string;
  proofs?: boolean;
  dryRun?: boolean;
}

/** Composes and builds a port, with its log as it grows; or shows what the builder would run. Fails when the port does. */
export async function buildInside(
  terminal: Terminal,
  name: string,
  origin: string,
  { flavor, proofs, dryRun }: BuildOptions,
): Promise<void> {
  const order = { name, origin, flavor, use: proofs ? "proofs" : "attempts" } as const;
  if (dryRun)
    return callAndShow(terminal, "env/build", { ...order, dryRun }, ({ builder, plan }) => {
      const steps = table(
        plan?.steps ?? [],
        [
          { title: "NETWORK", value: ({ network }) => (network ? "yes" : "no") },
          { title: "COMMAND", value: ({ argv }) => clean(argv.join(" ")) },
        ],
        Number.POSITIVE_INFINITY,
      );
      return `${steps}${builder} leaves its log in ${plan?.log}\n`;
    });
  const result = await withServer(terminal, (client) => {
    if (!terminal.json)
      client.on("progress", ({ text }) => terminal.out(process.stdout.isTTY ? clean(text) : text));
    return client.call("env/build", order, terminal.signal);
  });
  if (terminal.json) terminal.out(asJson(result));
  const { build, skipped = [] } = result;
  for (const { file, why } of skipped)
    terminal.err(`portwright: without effect: ${oneLine(file)}: ${oneLine(why)}\n`);
  if (build === null || build.passed) return;
  const how = build.timedOut ? "was ended as it took too long" : "fails";
  const where = build.failedPhase === null ? "" : ` in ${build.failedPhase}`;
  throw new CliError(
    exitCodes.failure,
    `${origin} ${how}${where}; the log is ${build.log} in environment ${name}`,
  );
}
