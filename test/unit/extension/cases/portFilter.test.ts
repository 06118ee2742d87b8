import { describe, expect, it } from "vitest";
import {
  caseTerms,
  everyPort,
  filterText,
  isFiltered,
  type PortFilter,
  readFilter,
  readGrouping,
} from "../../../../extension/src/cases/portFilter.ts";
import { PortsChoice } from "../../../../extension/src/cases/portsChoice.ts";
import { fill } from "../../../../server/src/sessionPage/strings.ts";

const fail = (error: unknown) => expect.unreachable(String(error));

const narrow: PortFilter = {
  ...everyPort,
  ...{ states: ["waiting"], classifications: ["plist-error"], text: "gettext", mine: true },
};

describe("a filter", () => {
  it("leaves out what is closed, ignored or snoozed, unless it is asked for", () => {
    expect(caseTerms(everyPort, "ann")).toMatchObject({ hidden: "without" });
    expect(caseTerms(everyPort, "ann").states).not.toContain("closed");
    expect(caseTerms({ ...everyPort, hidden: "with" }, "ann")).not.toHaveProperty("hidden");
    expect(isFiltered(everyPort)).toBe(false);
    expect(isFiltered({ ...everyPort, hidden: "with" })).toBe(true);
  });

  it("says its terms to the server and to a person", () => {
    expect(caseTerms(narrow, "ann")).toMatchObject({
      ...{ states: ["waiting"], classifications: ["plist-error"], text: "gettext", assignee: "ann" },
    });
    expect(filterText(narrow, fill)).toBe('"gettext", proved fix, plist-error, mine');
    expect(filterText(everyPort, fill)).toBe("");
  });
});

describe("a person's choice", () => {
  function memory(kept: Record<string, unknown> = {}) {
    const update = async (key: string, value: unknown): Promise<void> => {
      kept[key] = JSON.parse(JSON.stringify(value));
    };
    return { get: (key: string) => kept[key], update };
  }

  it("outlives the window", () => {
    const kept = memory();
    const choice = new PortsChoice(kept, "ann", fail);
    const told: unknown[] = [];
    choice.onChange((view) => told.push(view));
    choice.setFilter(narrow);
    choice.setGrouping("maintainer");
    expect(told).toHaveLength(2);
    const { view } = new PortsChoice(kept, "ann", fail);
    expect(view).toEqual({ filter: narrow, grouping: "maintainer", me: "ann" });
  });

  it.each([
    [undefined, everyPort],
    ["rubbish", everyPort],
    [
      { states: ["waiting", "no such state"], hidden: "sometimes", text: 3 },
      { ...everyPort, states: ["waiting"] },
    ],
  ])("what another version stored does no harm: %o", (stored, expected) => {
    expect(readFilter(stored)).toEqual(expected);
    expect(readGrouping(stored)).toBe("none");
  });
});
