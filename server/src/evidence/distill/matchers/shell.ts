import { type Rule, rule } from "./rule.ts";

const FILE_TOOLS =
  "sed|gsed|cp|gcp|mv|install|ginstall|chmod|chown|rm|ln|cat|strip|touch|ls|mkdir|awk|gawk|gzip|grep|egrep|head|tail|cd|diff|rmdir|find|test|objcopy|ranlib|ar";

/** Shells, and the small tools that port makefiles call. */
export const shellRules: readonly Rule[] = [
  rule(
    "script-missing",
    [": not found", "no such file or directory"],
    /^[^']{0,120}?(?<![^\s:])(?<tool>\.{1,2}\/(?:\S{1,120}\/)?(?:configure|autogen\.sh|bootstrap|Configure|waf|build\.sh|gradlew|mvnw))(?:: (?:not found|No such file or directory)|' ?: No such file)/,
  ),
  rule("tool-missing", ["command not found"], /(?<![\w.+@/-])(?<tool>[\w.+@/-]{1,200}): command not found/),
  rule(
    "tool-missing",
    [": not found"],
    /^(?:\S*\/)?(?:ba|da|k|z)?sh: (?:line )?(?:\d+: )?(?:exec: |eval: )?(?<tool>[\w.+@/-]+): not found$/,
  ),
  rule("tool-missing", [": not found"], /^(?:exec|env|eval): (?<tool>[\w.+@/-]+): not found$/),
  rule(
    "tool-missing",
    ["no such file or directory"],
    /^(?:\S*\/)?env: '?(?<tool>[\w.+@/-]+)'?: No such file or directory/,
  ),
  rule("tool-missing", [": not found"], /^(?:\[[^\]]*\] )?(?<tool>[\w.+@/-]+): (?:Command )?not found\.?$/i, {
    weight: 0.72,
  }),
  rule("tool-missing", [": not found"], /^\S+: (?:line )?\d+: (?<tool>[\w.+@/-]+): not found$/, {
    weight: 0.72,
  }),
  rule("tool-missing", ["bad interpreter"], /: (?<tool>[^:\s]+): bad interpreter/),
  rule("tool-missing", ["command not found"], /\*\*\* (?<tool>\S+) (?:command )?not found/, { weight: 0.6 }),
  rule(
    "sed-missing-file",
    ["no such file or directory"],
    new RegExp(
      `^(?:\\S*/)?(?<tool>${FILE_TOOLS}): (?:\\d+: )?(?:can't read|cannot (?:stat|open|access|remove|create \\w+(?: file)?)|rename|failed to (?:access|create [a-z ]+)|can't open|can't cd to) '?(?<file>[^':]+?)'?(?: to '?[^:']+'?)?(?: for reading)?: No such file or directory`,
    ),
  ),
  rule(
    "sed-missing-file",
    ["no such file or directory", "can't cd to"],
    new RegExp(
      `^(?:\\S*/)?(?<tool>${FILE_TOOLS}): (?:\\d+: )?'?(?<file>[^':]+?)'?: No such file or directory`,
    ),
  ),
  rule(
    "sed-missing-file",
    ["can't cd to"],
    /^(?:\S*\/)?(?:sh: )?(?:\d+: )?(?<tool>cd): can't cd to (?<file>\S+)/,
  ),
  rule(
    "permission-denied",
    ["permission denied", "read-only file system", "operation not permitted"],
    /^(?:\S*\/)?(?<tool>[\w.+-]+): (?:line )?(?:\d+: )?(?:cannot [a-z ]+)?'?(?<file>[^':]+?)'?: (?:Permission denied|Read-only file system|Operation not permitted)/,
  ),
];
