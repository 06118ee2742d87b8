import fc from "fast-check";
import { expect, it } from "vitest";
import { csvHead, csvRow } from "../../../server/src/cli/csv.ts";
import { sampleResult } from "../../fixtures/states/entities.ts";

/** Cells of one line, as RFC 4180 reads it. */
function cells(line: string): string[] {
  const found: string[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n$)/y;
  while (pattern.lastIndex < line.length) {
    const match = pattern.exec(line);
    if (!match) throw new Error(`no cell at ${pattern.lastIndex} of ${JSON.stringify(line)}`);
    found.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
  }
  return found;
}

it("writes a line that reads as the result, whatever its reason holds", () => {
  const head = cells(csvHead);
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (reason) => {
      const row = cells(csvRow(sampleResult({ reason, seconds: 7, at: 0 })));
      expect(row).toHaveLength(head.length);
      expect(row[head.indexOf("reason")]?.replace(/^'(?=[=+\-@\t\r])/, "")).toBe(reason);
      expect(row[head.indexOf("seconds")]).toBe("7");
      expect(row[head.indexOf("at")]).toBe("1970-01-01T00:00:00.000Z");
    }),
  );
});

it("lets no reason be a formula", () => {
  for (const reason of ["=HYPERLINK(1)", "+1", "-1", "@x"])
    expect(csvRow(sampleResult({ reason }))).toContain(`'${reason}`);
});
