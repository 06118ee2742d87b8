import { expect, test } from "vitest";
import { showBriefing } from "../../../server/src/cli/briefingText.ts";

test("says what was told, cut and left out, and nothing steers the terminal", () => {
  const text = showBriefing({
    ...{ sha256: "1".repeat(64), bytes: 900, limit: 1000 },
    sections: [
      { name: "triage", bytes: 100, told: 100, shown: ["all"], left: [] },
      { name: "playbooks", bytes: 700, told: 400, shown: ["linking"], left: ["rust"] },
      { name: "upstream", bytes: 500, told: 200, shown: ["names"], left: ["Make\u001b[2Jfile\n"] },
      { name: "siblings", bytes: 50, told: 0, shown: [], left: ["devel/a @main"] },
    ],
  });
  expect(text).toBe(
    "told first, 900 of 1000 bytes: triage 100, playbooks 400 of 700 (linking) without rust, " +
      "upstream 200 of 500 without Makefile\nleft out for want of room: siblings\n",
  );
});
