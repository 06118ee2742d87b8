const SHOWN = 3;
const SCANNED_LINES = 20_000;

/** The lines most like the first telling line of `wanted`, numbered and quoted so that whitespace shows. */
export function nearestLines(text: string, wanted: string): string {
  const target = wanted.split("\n").find((line) => line.trim() !== "") ?? wanted;
  const targetWords = words(target);
  const scored: { line: number; text: string; score: number }[] = [];
  for (const [index, line] of text.split("\n", SCANNED_LINES).entries()) {
    const score = squeeze(line) === squeeze(target) ? 2 : overlap(targetWords, words(line));
    if (score > 0) scored.push({ line: index + 1, text: line, score });
  }
  scored.sort((a, b) => b.score - a.score || a.line - b.line);
  return scored
    .slice(0, SHOWN)
    .map((found) => `${found.line}: ${JSON.stringify(found.text.slice(0, 300))}`)
    .join("\n");
}

const squeeze = (line: string): string => line.replace(/\s+/g, " ").trim();

function words(line: string): Set<string> {
  return new Set(line.match(/\w+/g) ?? []);
}

function overlap(a: Set<string>, b: Set<string>): number {
  if (a.size === 0 || b.size === 0) return 0;
  let shared = 0;
  for (const word of a) if (b.has(word)) shared += 1;
  return shared / Math.max(a.size, b.size);
}
