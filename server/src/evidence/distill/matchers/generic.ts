import { type Rule, rule } from "./rule.ts";

/** Last resort: lines that say error without belonging to a known tool. */
export const genericRules: readonly Rule[] = [
  rule("consequence", ["bad exit status from"], /Bad exit status from/, { role: "secondary" }),
  rule(
    "generic-error",
    ["error: ", "error - "],
    /^(?:[\w./+ -]{1,80}: )?(?:fatal |build |internal )?error(?::| -) ?(?<message>\S.*)/i,
  ),
  rule("generic-error", ["fatal: "], /^(?:\S+: )?fatal: (?<message>.*)/i, { weight: 0.35 }),
  rule("generic-error", ["*** "], /^\*\*\* (?!Error code|Waiting|Signal)(?<message>[A-Z].*)/, {
    weight: 0.3,
  }),
  rule(
    "generic-error",
    ["cannot find ", "could not find ", "unable to find "],
    /^(?<message>(?:\S+: )?(?:[Cc]annot|[Cc]ould not|[Uu]nable to) find .*)/,
    { weight: 0.3 },
  ),
  rule(
    "generic-error",
    ["no such file or directory"],
    /^(?<message>[^'"]{1,300}: No such file or directory)/,
    { weight: 0.42 },
  ),
];
