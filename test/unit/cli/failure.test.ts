import { expect, test } from "vitest";
import { CliError, endingOf } from "../../../server/src/cli/failure.ts";
import { PortwrightError } from "../../../server/src/protocol/index.ts";
import { RpcError, UnreachableError } from "../../../server/src/rpc/clientErrors.ts";

test.each([
  [new CliError(3, "gone"), 3, "notFound", "gone"],
  [new CliError(77, "the program's own"), 77, "failure", "the program's own"],
  [new RpcError("notFound", "no case", null), 3, "notFound", "no case"],
  [new RpcError("badParams", "limit: too big", null), 2, "badParams", "limit: too big"],
  [new RpcError("queueFull", "full", null), 1, "queueFull", "full"],
  [new RpcError("internal", "failed", null), 1, "internal", "failed"],
  [new PortwrightError("badState", "in use"), 1, "badState", "in use"],
  [new UnreachableError("nobody"), 4, "unreachable", "nobody"],
  [new Error("odd"), 1, "failure", "odd"],
  [
    Object.assign(new Error("EROFS: read-only file system, open '/x'"), { code: "EROFS" }),
    1,
    "failure",
    "EROFS: read-only file system, open '/x': name a place that can be written",
  ],
])("%s ends with %i", (error, exitCode, kind, message) => {
  expect(endingOf(error, false)).toEqual({ exitCode, kind, message });
});

test("an interruption outranks the failure that it causes", () => {
  const interrupted = { exitCode: 130, kind: "interrupted", message: "interrupted" };
  expect(endingOf(new Error("aborted"), true)).toEqual(interrupted);
});
