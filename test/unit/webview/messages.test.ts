import { expect, it } from "vitest";
import { isFromView } from "../../../webview/src/messages.ts";

it.each([
  { type: "ready" },
  { type: "stop" },
  { type: "openDiff" },
  { type: "openArtifact", sha256: "a", name: "b" },
  { type: "showAttempt", number: 2 },
])("takes %j", (message) => expect(isFromView(message)).toBe(true));

it.each([
  null,
  "ready",
  {},
  { type: "else" },
  { type: "openArtifact", sha256: 1, name: "b" },
  { type: "showAttempt", number: 1.5 },
])("refuses %j", (message) => expect(isFromView(message)).toBe(false));
