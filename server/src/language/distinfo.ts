import { faultAt, type Problem, warningAt } from "./problem.ts";
import { removal, wholeLine } from "./text.ts";

const entry = /^(?<key>SHA256|SIZE) \((?<file>[^()\s][^()]*)\) = (?<value>\S+)$/;
const timestamp = /^TIMESTAMP = \d+$/;
const values: Record<string, RegExp> = { SHA256: /^[0-9a-f]{64}$/, SIZE: /^\d+$/ };

interface Entry {
  key: string;
  file: string;
  value: string;
  line: number;
}

export const distinfoEntries = (lines: readonly string[]): Entry[] =>
  lines.flatMap((text, line) => {
    const { key, file, value } = entry.exec(text)?.groups ?? {};
    return key && file && value ? [{ key, file, value, line }] : [];
  });

/** `make makesum` writes distinfo; what it would never write is wrong. */
export function distinfoProblems(lines: readonly string[]): Problem[] {
  const entries = distinfoEntries(lines);
  return [...malformed(lines, entries), ...repeated(lines, entries), ...incomplete(lines, entries)];
}

function malformed(lines: readonly string[], entries: readonly Entry[]): Problem[] {
  const good = new Set(entries.map(({ line }) => line));
  const wrong = lines.flatMap((text, line) =>
    text.trim() === "" || timestamp.test(text) || good.has(line)
      ? []
      : faultAt(
          wholeLine(lines, line),
          "malformed",
          "Neither TIMESTAMP = N nor SHA256 or SIZE (file) = value; `make makesum` writes this file.",
        ),
  );
  const wrongValues = entries.flatMap(({ key, value, line }) =>
    values[key]?.test(value)
      ? []
      : faultAt(
          wholeLine(lines, line),
          "malformed",
          key === "SIZE" ? "A size is a number of bytes." : "A SHA256 is 64 lower-case hexadecimal digits.",
        ),
  );
  return [...wrong, ...wrongValues];
}

function repeated(lines: readonly string[], entries: readonly Entry[]): Problem[] {
  const seen = new Map<string, Entry>();
  return entries.flatMap((one) => {
    const name = `${one.key} ${one.file}`;
    const before = seen.get(name);
    seen.set(name, before ?? one);
    if (before === undefined) return [];
    const same = before.value === one.value;
    return warningAt(
      wholeLine(lines, one.line),
      "repeated",
      `${one.key} of ${one.file} stands in line ${before.line + 1} ${same ? "already" : "with another value"}.`,
      same ? { fixes: [{ title: "Remove the repeated line", edits: [removal(lines, one.line)] }] } : {},
    );
  });
}

function incomplete(lines: readonly string[], entries: readonly Entry[]): Problem[] {
  const keysOf = new Map<string, Set<string>>();
  for (const { key, file } of entries) keysOf.set(file, (keysOf.get(file) ?? new Set()).add(key));
  return entries.flatMap(({ file, line, key }) => {
    const keys = keysOf.get(file);
    if (keys === undefined || keys.size === 2) return [];
    keysOf.delete(file);
    const missing = key === "SIZE" ? "SHA256" : "SIZE";
    return faultAt(wholeLine(lines, line), "incomplete", `${file} has no ${missing}; run \`make makesum\`.`);
  });
}
