import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { checkPolicy, loadPolicy } from "../../../server/src/policy/load.ts";
import { readPlaybook } from "../../../server/src/policy/playbook.ts";
import { policyFolder } from "./folder.ts";

const rules = { manual: ["fetch-checksum"] as const, bytes: 5000 };
const good = `---
title: A drifted patch
classes: patch-error, configure-error
toolchain: libtool, Cargo.lock
signatures: patch-error | - | patch-*, *libtool*
---

Cut it again.

- Then build.
`;

describe("a playbook", () => {
  test("is its triggers and its words", () => {
    expect(readPlaybook("drifted", good.replaceAll("\n", "\r\n"), rules)).toEqual({
      faults: [],
      playbook: {
        id: "drifted",
        title: "A drifted patch",
        classes: ["patch-error", "configure-error"],
        toolchain: ["libtool", "cargo.lock"],
        signatures: ["patch-error | - | patch-*", "*libtool*"],
        body: "Cut it again.\n\n- Then build.",
      },
    });
  });

  test("may name one kind of trigger only, and hold lines of --- itself", () => {
    const { playbook, faults } = readPlaybook("a", "---\ntitle: T\ntoolchain: go\n---\none\n---\ntwo", rules);
    expect(faults).toEqual([]);
    expect(playbook).toMatchObject({ classes: [], toolchain: ["go"], signatures: [], body: "one\n---\ntwo" });
  });

  test.each([
    ["no front matter", () => "Cut it again.\n", 1, "", "begin it with its triggers"],
    ["an open front matter", () => "---\ntitle: T\n\nwords\n", 1, "", "begin it with its triggers"],
    ["no title", (text: string) => text.replace("title: A drifted patch\n", ""), 1, "title", "give it a"],
    [
      "an unknown field",
      (text: string) => text.replace("toolchain:", "tools:"),
      4,
      "tools",
      "there are title, c",
    ],
    ["a line without a field", (text: string) => text.replace("title: ", ""), 2, "", "write `field: value`"],
    [
      "an unknown class",
      (text: string) => text.replace("patch-error,", "patch,"),
      3,
      "classes",
      "there are compile",
    ],
    [
      "an empty entry",
      (text: string) => text.replace("libtool,", "libtool,,"),
      4,
      "toolchain",
      "an entry is empty",
    ],
    ["a field twice", (text: string) => text.replace("toolchain", "classes"), 4, "classes", "into one line"],
    [
      "an entry twice",
      (text: string) => text.replace("Cargo.lock", "libtool"),
      4,
      "toolchain",
      "stands here twice",
    ],
    [
      "an entry without end",
      (text: string) => text.replace("libtool", "x".repeat(101)),
      4,
      "toolchain",
      "longer",
    ],
    [
      "classes of which no agent sees one",
      (text: string) => text.replace("patch-error, configure-error", "fetch-checksum"),
      3,
      "classes",
      "never shown: alwaysManual",
    ],
    [
      "a signature of none of its classes",
      (text: string) => text.replace("patch-error | - ", "link-error | - "),
      5,
      "signatures",
      "never fits: link-error | - | patch-*",
    ],
    [
      "a signature that is a class",
      (text: string) => text.replace("patch-error | - | patch-*", "patch-error | *"),
      5,
      "signatures",
      "name it in classes",
    ],
    [
      "no triggers",
      () => "---\ntitle: T\n---\nwords\n",
      1,
      "",
      "name classes, toolchain words or signatures",
    ],
    ["no words", (text: string) => text.slice(0, text.indexOf("\nCut")), 7, "", "says nothing"],
    ["too many lines", (text: string) => text + "line\n".repeat(60), 7, "", "60 are the most"],
    ["more than it has room for", (text: string) => text + "x".repeat(5000), 7, "", "playbooks 5000"],
  ])("with %s is refused by line, field and remedy", (_name, change, line, field, message) => {
    const { playbook, faults } = readPlaybook("drifted", change(good), rules);
    expect(playbook).toBeNull();
    expect(faults, JSON.stringify(faults)).toContainEqual({
      ...{ line, field },
      message: expect.stringContaining(message),
    });
  });

  test("may be any text: it is a playbook, or its faults have lines of it and say something", () => {
    const fragment = fc.constantFrom(
      ...[
        "---",
        "\n",
        ":",
        ",",
        "title: x",
        "classes: patch-error",
        "signatures: *",
        "toolchain: go",
        " ",
        "words",
      ],
    );
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fragment).map((parts) => parts.join("")),
      fc.array(fragment).map((parts) => parts.join("\n")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const { playbook, faults } = readPlaybook("any", text, rules);
        expect(playbook === null).toBe(faults.length > 0);
        for (const { line, message } of faults) {
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(text.split("\n").length + 1);
          expect(message).not.toBe("");
        }
      }),
    );
  });

  test("holds what was written, whatever words were written", () => {
    const line = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 80 })
      .filter((text) => /\S/.test(text) && !/[\r\n]/.test(text));
    fc.assert(
      fc.property(line, fc.array(line, { minLength: 1, maxLength: 20 }), (title, body) => {
        const text = `---\ntitle: ${title}\nclasses: link-error\n---\n${body.join("\n")}\n`;
        const { playbook } = readPlaybook("any", text, { manual: [], bytes: 100_000 });
        expect(playbook).toMatchObject({ title: title.trim(), body: body.join("\n").trim() });
      }),
    );
  });
});

describe("in a policy folder", () => {
  const made: { remove(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const folder of made.splice(0)) await folder.remove();
  });
  async function folderOf(playbooks: Record<string, string>) {
    const folder = await policyFolder({}, playbooks);
    made.push(folder);
    return folder;
  }

  test("good ones are read in the order of their names, and counted", async () => {
    const { folder } = await folderOf({ b: good, a: good });
    expect(loadPolicy(folder).playbooks.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(checkPolicy(folder)).toMatchObject({ problems: [], playbooks: 2 });
  });

  test("a broken one stops the policy with its file and line", async () => {
    const { folder } = await folderOf({ a: good, Bad: good.replace("configure-error", "configure") });
    expect(checkPolicy(folder)).toMatchObject({
      playbooks: 1,
      problems: [
        { file: `${folder}/playbooks/Bad.md`, line: 1, message: expect.stringContaining("lower case") },
        { file: `${folder}/playbooks/Bad.md`, line: 3, field: "classes" },
      ],
    });
    expect(() => loadPolicy(folder)).toThrow(/Bad\.md:1/);
  });

  test.each([
    [
      "a section too many",
      '{ "name": "siblings", "bytes": 4000 }',
      '{ "name": "porter", "bytes": 500 }',
      ["lacks siblings", "porter stands here twice"],
    ],
    ["an unknown section", '"name": "siblings"', '"name": "sibling"', ["Invalid option"]],
    [
      "more than the whole",
      '"name": "siblings", "bytes": 4000',
      '"name": "siblings", "bytes": 40000',
      ["never filled"],
    ],
    [
      "a playbook larger than their section",
      '"name": "playbooks", "bytes": 5000',
      '"name": "playbooks", "bytes": 500',
      ["never shown whole"],
    ],
  ])("a briefing with %s is refused", async (_name, from, to, messages) => {
    const { folder, edit } = await folderOf({ long: `${good}${"x".repeat(500)}` });
    await edit("policy.json", (text) => {
      expect(text).toContain(from);
      return text.replace(from, to);
    });
    const { problems } = checkPolicy(folder);
    expect(problems.map(({ message }) => message)).toEqual(
      messages.map((one) => expect.stringContaining(one)),
    );
    expect(problems.every(({ line, file }) => line > 1 && file !== "")).toBe(true);
  });
});
