import { expect, it } from "vitest";
import { namesPort } from "../../../server/src/proof/naming.ts";

const plain = { origin: "devel/lib+a", flavor: "" };
const flavored = { origin: "devel/lib+a", flavor: "py311" };

it.each([
  "devel/lib+a",
  "===>   x-1.0 depends on file: /usr/local/lib/liba.so - not found (devel/lib+a)",
  "liba.so:devel/lib+a",
  "x:devel/lib+a:patch",
  "make: stopped in /usr/ports/devel/lib+a",
  "in /work/DPorts/devel/lib+a/Makefile",
  "Needs devel/lib+a.",
])("%s names the port", (text) => {
  expect(namesPort(text, plain)).toBe(true);
  expect(namesPort(text, flavored)).toBe(true);
});

it.each([
  "devel/lib+a-more",
  "devel/lib+ab",
  "devel/lib+a.so",
  "devel/lib+a_x",
  "devel/lib+a+",
  "xdevel/lib+a",
  "x-devel/lib+a",
  "devel/libbba",
  "",
])("%s does not", (text) => {
  expect(namesPort(text, plain)).toBe(false);
  expect(namesPort(text, flavored)).toBe(false);
});

it("a flavor that is named is the port's or another one's", () => {
  expect(namesPort("x:devel/lib+a@py311:patch", flavored)).toBe(true);
  expect(namesPort("devel/lib+a@py39", flavored)).toBe(false);
  expect(namesPort("devel/lib+a@py311x", flavored)).toBe(false);
  expect(namesPort("devel/lib+a@py39 and devel/lib+a@py311", flavored)).toBe(true);
  expect(namesPort("devel/lib+a@py39", plain)).toBe(false);
});
