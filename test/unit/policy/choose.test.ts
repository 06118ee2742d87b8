import { join } from "node:path";
import { expect, test } from "vitest";
import { choosePlaybooks } from "../../../server/src/policy/choose.ts";
import { loadPolicy } from "../../../server/src/policy/load.ts";
import { fitsText } from "../../../server/src/policy/pattern.ts";
import type { Playbook } from "../../../server/src/policy/playbook.ts";

const book = (id: string, triggers: Partial<Playbook>): Playbook => ({
  ...{ id, title: id, body: id, classes: [], toolchain: [], signatures: [] },
  ...triggers,
});
const subject = {
  classification: "link-error",
  signatureKey: "link-error | - | version-script | foo_init",
  evidence: "ld: error: version script assignment\ncc -o x -L/usr/local/lib/CMake\nlibtool: link: cc",
  uses: ["gmake", "pkgconfig"],
};
const ids = (books: Playbook[], most = 9, about = subject): string[] =>
  choosePlaybooks(books, about, most).map(({ id }) => id);

test("what knows more of the failure comes first", () => {
  const books = [
    book("by-class", { classes: ["link-error"] }),
    book("by-classes", { classes: ["configure-error", "link-error"] }),
    book("by-word", { toolchain: ["libtool"] }),
    book("by-words", { toolchain: ["libtool", "gmake", "absent"] }),
    book("by-signature", { signatures: ["link-error | - | version-script | *"] }),
  ];
  const order = ["by-signature", "by-words", "by-word", "by-class", "by-classes"];
  expect(ids(books)).toEqual(order);
  expect(ids(books.toReversed())).toEqual(order);
  expect(ids(books, 2)).toEqual(order.slice(0, 2));
  expect(ids(books, 0)).toEqual([]);
});

test("each kind of trigger has to hold", () => {
  const classes = ["link-error"] as const;
  expect(ids([book("a", { classes: ["patch-error"], toolchain: ["libtool"] })])).toEqual([]);
  expect(ids([book("a", { classes, toolchain: ["absent"] })])).toEqual([]);
  expect(ids([book("a", { classes, signatures: ["link-error | - | duplicate-symbol | *"] })])).toEqual([]);
  expect(ids([book("a", { classes, toolchain: ["gmake"], signatures: ["*foo_init"] })])).toEqual(["a"]);
});

test("a toolchain's word is whole, in any case, or one of USES", () => {
  const has = (word: string) => ids([book("a", { toolchain: [word] })]).length === 1;
  expect(["cmake", "libtool", "version script", "pkgconfig", "/usr/local"].filter(has)).toHaveLength(5);
  expect(["loca", "tool", "make", "scrip", "pkg"].filter(has)).toEqual([]);
});

test("equal ones stand in the order of their names", () => {
  expect(ids([book("b", { classes: ["link-error"] }), book("a", { classes: ["link-error"] })])).toEqual([
    "a",
    "b",
  ]);
});

test("a pattern's stars stand for anything, and it takes no long time to say no", () => {
  expect(fitsText("a*c", "abc/c")).toBe(true);
  expect(fitsText("*b*", "abc")).toBe(true);
  expect(fitsText("a*a", "a")).toBe(false);
  expect(fitsText("abc", "abcd")).toBe(false);
  expect(fitsText("*c", "abcd")).toBe(false);
  expect(fitsText(`${"*a".repeat(50)}b`, "a".repeat(20_000))).toBe(false);
});

const shipped = loadPolicy(join(import.meta.dirname, "../../../policy"));
test.each([
  ["drifted-patch", { classification: "patch-error" }],
  ["packing-list", { classification: "plist-error" }],
  ["linking", { classification: "link-error" }],
  ["options-and-uses", { classification: "options-error" }],
  [
    "bsd-headers",
    { classification: "compile-error", signatureKey: "compile-error | - | unknown-type | u_char" },
  ],
  ["autotools", { classification: "configure-error", uses: ["autoreconf"] }],
  ["cmake-meson", { classification: "configure-error", uses: ["cmake"] }],
  ["rust", { classification: "compile-error", evidence: "error: could not compile `libc`\ncargo build" }],
  ["go", { classification: "compile-error", uses: ["go"] }],
  ["python", { classification: "build-system-error", uses: ["python"] }],
])("the shipped %s comes first where it belongs", (id, about) => {
  const plain = { classification: "", signatureKey: "", evidence: "", uses: [] };
  expect(choosePlaybooks(shipped.playbooks, { ...plain, ...about }, 2)[0]?.id).toBe(id);
});
