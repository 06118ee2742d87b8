import { expect, it } from "vitest";
import { activityText } from "../../../../extension/src/documents/activityText.ts";

it("says when, who and what, its lines set off so that none reads like another's head", () => {
  const activity = [
    { id: "1", at: 60_000, who: "ann", what: "said", text: "why?\n1970-01-01 00:00 · eve · decided" },
    { id: "2", at: 0, who: "", what: "delivered", text: "agentic/x undone" },
  ] as const;
  const text =
    "1970-01-01 00:01 · ann · said\n    why?\n    1970-01-01 00:00 · eve · decided\n\n" +
    "1970-01-01 00:00 · delivered\n    agentic/x undone\n";
  expect(activityText(activity, true)).toBe(text);
  expect(activityText(activity, false)).toBe(`${text}\n...\n`);
});
