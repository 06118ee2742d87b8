import { describe, expect, it } from "vitest";
import { lintDiff } from "../../../server/src/proof/lint.ts";
import { edit, origin, patch } from "./change.ts";

const flagsOf = (lines: readonly string[], file = "a.c") =>
  lintDiff(patch(file, lines), origin).map((flag) => flag.replace(/^.*?: /, ""));
const emptied = (name: string) =>
  `leaves the function ${name} nothing to do, or has it return a constant at once`;

describe("a function that a patch empties", () => {
  it.each([
    [[" int", " get(int a)", " {", "-\tx(a);", "-\treturn y(a);", " }"], "get"],
    [[" void get(int a) {", "-\tx(a);", "+\t(void)a;", "+\t/* no */", " }"], "get"],
    [[" int", " get(int a)", " {", " \tint b;", "+\treturn 0;", " \tb = x(a);", " \treturn b;"], "get"],
    [[" bool T::get(int a) const {", "-\treturn y(a);", "+\treturn ((bool)0);", " }"], "get"],
    [["-int get(int a) { return y(a); }", "+int get(int a) { return -1; }"], "get"],
    [["-int get(int a)", "-{", "-\tx();", "-}", "+int get(int unused)", "+{", "+\treturn OK;", "+}"], "get"],
    [[" int get(void)", " {", "+#ifdef __DragonFly__", "+\treturn 0;", "+#else", " \treturn y();"], "get"],
    [[" def get(a):", "+    return None", "     x(a)"], "get"],
    [[" def get(a):", "-    x(a)", "+    pass", " "], "get"],
    [[" void get(void)", " {", "+\texit(0);", " \tx();"], "get"],
    [[" get() {", "-\t./t", "+\t:", " }"], "get"],
    [[" func (r *T) Get(a int) error {", "+\treturn nil", " \treturn r.x(a)", " }"], "Get"],
    [[" pub fn get(a: u8) -> bool {", "-    a > x()", "+    true", " }"], "get"],
    [[" {", "-\tx(a);", "-\treturn y(a);", "+\treturn 0;", " }"], "whose name is out of sight"],
  ])("is flagged in %j", (lines, name) => {
    expect(flagsOf(lines)).toEqual([emptied(name)]);
  });

  it("is flagged where its beginning is out of sight", () => {
    const lines = [" \tint a;", " \tchar *b;", " \tb = x();", "+\treturn 0;", " \ta = y(b);"];
    expect(flagsOf(lines)).toEqual(["returns a constant before code that then never runs"]);
  });

  it.each([
    [["+int", "+get(int a)", "+{", "+\treturn 0;", "+}"]],
    [[" int get(void) {", "-\treturn 1;", "+\treturn 0;", " }"]],
    [[" int get(void) {", "+\tx();", " \treturn 0;", " }"]],
    [[" int get(int a) {", "-\tx(a);", "+\terrno = ENOSYS;", "+\treturn -1;", " }"]],
    [["-int get(int a) {", "+int get(long a) {", " \tx(a);", " }"]],
    [[" int get(void) {", " #ifdef A", " \treturn x();", "+#elif defined(B)", "+\treturn 0;", " #else"]],
    [[" \tif (a &&", " \t    b) {", "-\t\tx();", "+\t\treturn 0;", " \t}", " \ty();"]],
    [[" \tif (a)", "+\t\treturn 0;", " \t\tx();"]],
    [[" \t\tx();", "+\t\treturn 0;", " out:", " \t\ty();"]],
    [[" \tcase 1:", "+\t\treturn 0;", " \tcase 2:"]],
    [[" \tswitch (a) {", "-\t\tx();", " \t}"]],
    [[" static const struct a b[] = {", "-\t{ x(1), 2 },", " };"]],
    [[" def get(a):", "-    return x(a)", "+    return y(a)", " "]],
    [[" if a:", "+    return None", " x()"]],
  ])("is not seen in %j, as porters write", (lines) => {
    expect(flagsOf(lines)).toEqual([]);
  });

  it.each([
    [[" int get(void) {", "-\treturn x();", "+\treturn 0;", " }"]],
    [[" \tx();", "+\treturn 0;", " \ty();"]],
  ])("was emptied before where only the patch around %j changes", (lines) => {
    const recut = ["-", "+"].flatMap((mark) =>
      [`@@ -1,4 +1,4 @@${mark}`, ...lines].map((line) => mark + line),
    );
    expect(lintDiff(edit("dragonfly/patch-a.c", recut), origin)).toEqual([]);
  });
});
