import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { remoteCommand } from "../../../../../extension/src/connection/ssh/quote.ts";

const shells = ["sh", "dash", "bash", "zsh", "ksh", "csh", "tcsh", "fish"];
const isThere = (shell: string) => spawnSync(shell, ["-c", "true"]).error === undefined;

describe.each(shells)("%s as login shell", (shell) => {
  it.skipIf(!isThere(shell))("hands every word over as it is", () => {
    const word = fc.oneof(
      fc.string({ unit: fc.constantFrom(..."a'\\!\"$`*?~{}[]()<>|;&#%^= \t-é") }),
      fc.string(),
    );
    const words = fc.array(
      word.map((text) => text.replace(/[\0\r\n\ud800-\udfff]/g, "")),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(words, (given) => {
        const { stdout } = spawnSync(shell, ["-c", remoteCommand(["printf", "%s\\n", ...given])], {
          encoding: "utf8",
        });
        expect(stdout.split("\n").slice(0, -1)).toEqual(given);
      }),
      { numRuns: 60 },
    );
  });
});

it("no shell carries a line break", () => {
  expect(() => remoteCommand(["a\nb"])).toThrow("line break");
});
