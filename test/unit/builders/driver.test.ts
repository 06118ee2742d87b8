import { expect, test } from "vitest";
import { checkOutcome } from "../../../server/src/builders/driver.ts";

const passed = { passed: true, failedPhase: null, cancelled: false, timedOut: false };

test("an outcome is what the contract says, and nothing else of it is kept", () => {
  expect(checkOutcome("toy", { ...passed, more: 1 })).toEqual(passed);
});

test.each([
  [undefined, "the outcome"],
  [{ ...passed, passed: "yes" }, "passed"],
  [{ passed: true }, "failedPhase"],
  [{ ...passed, failedPhase: "x".repeat(101) }, "failedPhase"],
])("%j of a plugin's builder is refused, with the builder and the field", (answered, field) => {
  expect(() => checkOutcome("toy", answered)).toThrow(
    expect.objectContaining({
      reason: "builder",
      message: expect.stringMatching(
        new RegExp(`^builder toy does not tell how its build ended: .*${field}: `),
      ),
    }),
  );
});
