import { expect, test } from "vitest";
import { CliError, endingOf } from "../../../server/src/cli/failure.ts";
import { PortwrightError } from "../../../server/src/protocol/index.ts";
import { RpcError, UnreachableError } from "../../../server/src/rpc/clientErrors.ts";

test.each([
  [new CliError(3, "gone"), 3, "gone"],
  [new RpcError("notFound", "no case", null), 3, "no case"],
  [new RpcError("badParams", "limit: too big", null), 2, "limit: too big"],
  [new RpcError("queueFull", "full", null), 1, "full"],
  [new RpcError("internal", "failed", null), 1, "failed"],
  [new PortwrightError("badState", "in use"), 1, "in use"],
  [new UnreachableError("nobody"), 4, "nobody"],
  [new Error("odd"), 1, "odd"],
  [
    Object.assign(new Error("EROFS: read-only file system, open '/x'"), { code: "EROFS" }),
    1,
    "EROFS: read-only file system, open '/x': name a place that can be written",
  ],
])("%s ends with %i", (error, exitCode, message) => {
  expect(endingOf(error, false)).toEqual({ exitCode, message });
});

test("an interruption outranks the failure that it causes", () => {
  expect(endingOf(new Error("aborted"), true)).toEqual({ exitCode: 130, message: "interrupted" });
});
