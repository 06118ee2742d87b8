import { arch, cpus, freemem, release, totalmem, type, uptime } from "node:os";
import { checkText } from "../protocol/attention.ts";
import type { Check, MethodResult, ServerStatus } from "../protocol/index.ts";
import type { Services } from "./services.ts";

interface Findings {
  checks: readonly Check[];
  status: ServerStatus;
  environments: MethodResult<"env/list">["environments"];
}

const maxBytes = 256 * 1024;
/** What the configuration and each list may take of it; the log gets what is left. */
const maxSection = 48 * 1024;
const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`;

/** A report that a person can send to who helps him: bounded, and without secrets. */
export async function diagnosticsText(services: Services, findings: Findings): Promise<string> {
  const { version, config, now } = services;
  const { cases, jobs, runs, journal, seq } = findings.status;
  const processor = cpus();
  const head = [
    `portwright ${version}, ${new Date(now()).toISOString()}`,
    `node ${process.version}, ${type()} ${release()} ${arch()}, ${processor.length} x ${processor[0]?.model ?? "?"}`,
    `memory ${mebibytes(freemem())} free of ${mebibytes(totalmem())}, this server ${mebibytes(process.memoryUsage.rss())}`,
    `server up ${Math.round(process.uptime())} s as uid ${process.getuid?.() ?? "?"}, host up ${Math.round(uptime())} s`,
  ];
  const environments = findings.environments.map(
    ({ name, kind, target, problem, ofJob }) =>
      `${name} (${kind}, ${target}${ofJob ? ", of a job" : ""}) ${problem ?? "in order"}`,
  );
  const checks = findings.checks.map(
    (check) => `${check.ok ? "ok   " : "FAILS"} ${check.name} (${check.kind}): ${checkText(check)}`,
  );
  const report = [
    head.join("\n"),
    section("counts", JSON.stringify({ seq, cases, jobs, runs, journal }, null, 2)),
    section("checks", checks.join("\n")),
    section("environments", environments.join("\n") || "none"),
    section("configuration", JSON.stringify(config, null, 2)),
  ].join("\n\n");
  const logHead = "\n\n== log\n";
  const room = maxBytes - Buffer.byteLength(report) - Buffer.byteLength(logHead) - 1;
  const log = services.redact(await services.logTail()).trimEnd() || "not kept in a file";
  return `${services.redact(report)}${logHead}${endOf(log, room)}\n`;
}

function section(title: string, text: string): string {
  const bytes = Buffer.from(text);
  const cut = bytes.length > maxSection;
  return `== ${title}\n${cut ? `${bytes.toString("utf8", 0, maxSection)}\n[cut]` : text}`;
}

/** At most `room` bytes of whole lines. */
function endOf(text: string, room: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= room) return text;
  const end = bytes.toString("utf8", bytes.length - room);
  return end.slice(end.indexOf("\n") + 1);
}
