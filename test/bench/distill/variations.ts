const DASHES = "-".repeat(79);
const DSYNTH = /^-{79}\n-- Phase: (?<phase>[\w-]+)\n-{79}\n/gm;
const POUDRIERE = /^=+<phase: (?<phase>[\w-]+) *>=+\n/gm;
const TRAILER = /^(?:FAILED|SUCCEEDED) \d+:\d\d:\d\d$(?:.|\n)*/m;

interface Phase {
  name: string;
  text: string;
}

/** The same failure as another host, another version and another builder would tell it; nothing of the cause changes. */
export function variationsOf(log: string): { name: string; log: string }[] {
  const phases = phasesOf(log);
  const all = [
    { name: "in other folders", log: elsewhere(log) },
    { name: "of another version", log: otherVersion(log) },
    { name: "at other lines", log: shifted(log) },
    ...(phases.length === 0
      ? []
      : [
          { name: "as dsynth frames it", log: asDsynth(phases) },
          { name: "as poudriere frames it", log: asPoudriere(phases) },
          { name: "without a builder's frame", log: phases.map(({ text }) => text).join("\n") },
        ]),
  ];
  return all.filter((one) => one.log !== log);
}

function phasesOf(log: string): Phase[] {
  const frame = [...log.matchAll(DSYNTH)].length > 0 ? DSYNTH : POUDRIERE;
  const marks = [...log.matchAll(frame)];
  return marks.map((mark, index) => {
    const end = marks[index + 1]?.index ?? log.length;
    const text = log.slice(mark.index + mark[0].length, end);
    const last =
      frame === POUDRIERE ? text.replace(/^(?:=>> Cleaning|build of |build time|!!! ).*\n?/gm, "") : text;
    return { name: mark.groups?.phase ?? "", text: last.replace(TRAILER, "").trim() };
  });
}

function asDsynth(phases: readonly Phase[]): string {
  return phases
    .map(({ name, text }, index) => {
      const verdict = index === phases.length - 1 ? "FAILED" : "SUCCEEDED";
      return `${DASHES}\n-- Phase: ${name}\n${DASHES}\n\n${text}\n\n${verdict} 00:00:03\n\n`;
    })
    .join("");
}

function asPoudriere(phases: readonly Phase[]): string {
  const blocks = phases.map(
    ({ name, text }) => `${"=".repeat(23)}<phase: ${name.padEnd(15)}>${"=".repeat(28)}\n${text}\n`,
  );
  const end =
    "=>> Cleaning up wrkdir\nbuild of misc/sample | sample-1 ended at now\n!!! build failure encountered !!!\n";
  return `build started at now\nport directory: /usr/ports/misc/sample\n${blocks.join("")}${end}`;
}

function elsewhere(log: string): string {
  return log
    .replaceAll("/wrkdirs/usr/ports/", "/elsewhere/build/")
    .replaceAll("/construction/", "/obj/tree/")
    .replaceAll("/usr/ports/", "/srv/ports/")
    .replaceAll("/xports/", "/srv/xports/");
}

/** The name and version that paths of the log have most often, with another version everywhere. */
function otherVersion(log: string): string {
  const counts = new Map<string, number>();
  for (const [found] of log.matchAll(/(?<=\/)[A-Za-z][\w+.]*-\d+(?:\.\d+)+(?=\/)/g)) {
    counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  const named = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
  if (named === undefined) return log;
  return log.replaceAll(named, named.replace(/-\d.*$/, "-97.31.5"));
}

function shifted(log: string): string {
  return log
    .replace(/(\.\w{1,4}):(\d+):(\d+):/g, (_, end: string, line: string, column: string) => {
      return `${end}:${Number(line) + 113}:${Number(column) + 4}:`;
    })
    .replace(/(\.\w{1,4}):(\d+): /g, (_, end: string, line: string) => `${end}:${Number(line) + 113}: `);
}
