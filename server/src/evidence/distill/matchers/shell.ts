import { type Rule, rule } from "./rule.ts";

const FILE_TOOLS =
  "sed|gsed|cp|gcp|mv|install|ginstall|chmod|chown|rm|ln|cat|strip|touch|ls|mkdir|awk|gawk|gzip|grep|egrep|head|tail|cd|diff|rmdir|find|test|objcopy|ranlib|ar";
/** Tools that differ between BSD and GNU in what they understand. */
const USED_TOOLS =
  "sed|gsed|awk|nawk|mawk|gawk|grep|egrep|find|xargs|install|cp|mv|ln|mkdir|touch|date|stat|readlink|mktemp|sort|tar|m4|expr|tail|head|cut|tr|od|wc|ls|chmod|chown|strip|ranlib|ar|nm|yacc|byacc|bison|lex|flex|cmp|diff|basename|dirname|realpath|env|uname|hostname|id|sysctl|ps|make";

/** Shells, and the small tools that port makefiles call. */
export const shellRules: readonly Rule[] = [
  rule(
    "script-missing",
    [": not found", "no such file or directory"],
    /^[^']{0,120}?(?<![^\s:])'?(?<tool>\.{1,2}\/(?:\S{1,120}\/)?(?:configure|autogen\.sh|bootstrap|Configure|waf|build\.sh|gradlew|mvnw))(?:: (?:not found|No such file or directory)|' ?: No such file)/,
  ),
  rule(
    "tool-missing",
    ["command not found"],
    /(?<![\w.+@/-])(?<tool>[\w.+@/-]{1,200}): [Cc]ommand not found/,
  ),
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
    "stage-install",
    ["file exists"],
    /^(?:\S*\/)?(?:ln|mkdir|mv|cp): (?=.*\/stage\/)'?(?<file>[^':]+)'?: File exists/,
  ),
  rule(
    "stage-install",
    ["file format not recognized", "no such file", "unable to copy file"],
    /^(?:\S*\/)?strip: (?<message>.*(?:not recognized|No such file|unable to copy).*)/,
  ),
  rule(
    "tool-usage",
    [
      "illegal option",
      "invalid option",
      "unrecognized option",
      "unknown option",
      "bad option",
      "invalid command code",
      "extra characters at the end of",
      "unterminated ",
      "bad flag in substitute",
      "unexpected ",
      "syntax error",
      "illegal statement",
      "invalid mode",
      "illegal byte sequence",
      "regex error",
      "undefined label",
      "is not supported",
    ],
    new RegExp(
      `^(?:\\S*/)?(?<tool>${USED_TOOLS}): (?:\\d+: )?(?:"[^"]*": )?(?<message>(?:-e expression #\\d+, char \\d+: )?(?:illegal|invalid|unrecognized|unknown|bad|extra characters|unterminated|unexpected|syntax error|regex error|RE error|undefined label|option \\S+ is not supported).*)`,
      "i",
    ),
  ),
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
    /^(?:\S*\/)?(?<tool>[\w.+-]+): (?:line )?(?:\d+: )?(?:execvp?: )?(?:cannot [a-z ]+)?'?(?<file>[^':]+?)'?: (?:Permission denied|Read-only file system|Operation not permitted)/,
  ),
];
