import fc from "fast-check";
import { expect, it } from "vitest";
import { type MarkdownNode, parseMarkdown } from "../../../server/src/sessionPage/markdown.ts";

const tags = (nodes: readonly MarkdownNode[]): string[] =>
  nodes.flatMap((node) => (typeof node === "string" ? [] : [node.tag, ...tags(node.children)]));
const words = (nodes: readonly MarkdownNode[]): string =>
  nodes.map((node) => (typeof node === "string" ? node : words(node.children))).join("");

it("reads what models write", () => {
  const nodes = parseMarkdown(
    "# Cause\n\nThe **header** `a.h` is gone:\n\n1. edit\n2. build\n\n```\nmake\n```",
  );
  expect(tags(nodes)).toEqual(expect.arrayContaining(["p", "strong", "code", "ol", "li", "pre"]));
  expect(words(nodes)).toContain("make");
});

it.each([
  "<script>alert(1)</script>",
  '<img src="https://example.org/x.png" onerror="alert(1)">',
  "![picture](https://example.org/x.png)",
  "[press here](command:workbench.action.quit)",
  "[press here](javascript:alert(1))",
  "<https://example.org>",
])("%s stays text: no element of it loads, runs or leads anywhere", (hostile) => {
  const nodes = parseMarkdown(hostile);
  expect(tags(nodes)).not.toEqual(expect.arrayContaining(["script"]));
  for (const tag of tags(nodes)) expect(["p", "code"]).toContain(tag);
  expect(words(nodes)).not.toBe("");
});

it.each([
  ["[docs](https://example.org/a)", "docs (https://example.org/a)"],
  ["see https://example.org/a", "see https://example.org/a"],
])("%s tells where it would lead, and leads nowhere", (text, expected) => {
  expect(words(parseMarkdown(text))).toBe(expected);
});

it("loses no word and throws at nothing, whatever the text", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a", "*", "_", "`", "#", ">", "- ", "\n", "[", "](", ")", "<b>", "|", "1. ")),
      (parts) => {
        const text = parts.join("");
        const letters = (from: string) => from.replace(/[^a]/g, "").length;
        expect(letters(words(parseMarkdown(text)))).toBe(letters(text));
      },
    ),
  );
  for (const mark of ["> ", "- ", "*", "[", "~~"])
    expect(tags(parseMarkdown(mark.repeat(10_000))).length).toBeLessThan(100_000);
});
