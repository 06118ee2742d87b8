import { expect, it } from "vitest";
import { inert } from "../../../extension/src/inert.ts";

/** What the editor makes a link of (`parseLinkedText` of VS Code). */
const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;

it.each([
  "ended: [Try again](command:workbench.action.terminal.sendSequence?%7B%7D)",
  "[a](https://example.org)[b](file:///etc/passwd)",
  "[a\u200b]\u200b(command:x)",
  "[a]\u001b[0m(command:x)",
])("%j can be followed nowhere", (text) => {
  expect(inert(text)).not.toMatch(link);
});

it("leaves other words as they are", () => {
  expect(inert("cannot open a[1] (no such file)\nat devel/foo")).toBe(
    "cannot open a[1] (no such file)\nat devel/foo",
  );
});
