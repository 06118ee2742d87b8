import { expect, it } from "vitest";
import { isFromView } from "../../../webview/src/messages.ts";

it.each([
  { type: "ready" },
  { type: "stop" },
  { type: "openDiff" },
  { type: "pause" },
  { type: "resume" },
  { type: "openArtifact", sha256: "a".repeat(64), name: "b" },
  { type: "openResult", turn: 2, call: "k1" },
  { type: "showAttempt", number: 2 },
  { type: "steer", text: "look there", mode: "steer" },
  { type: "steer", text: "x".repeat(8000), mode: "queue" },
])("takes %j", (message) => expect(isFromView(message)).toBe(true));

it.each([
  null,
  "ready",
  {},
  { type: "else" },
  { type: "openArtifact", sha256: 1, name: "b" },
  { type: "openArtifact", sha256: "../../etc/passwd", name: "b" },
  { type: "openResult", turn: "2", call: "k1" },
  { type: "steer", text: " ", mode: "steer" },
  { type: "steer", text: "x".repeat(8001), mode: "steer" },
  { type: "steer", text: "x", mode: "order" },
  { type: "showAttempt", number: 1.5 },
])("refuses %j", (message) => expect(isFromView(message)).toBe(false));
