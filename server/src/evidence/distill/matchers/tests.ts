import { type Rule, rule } from "./rule.ts";

/** Test drivers: automake, CTest, meson, go, cargo, TAP, minitest. */
export const testRules: readonly Rule[] = [
  rule("test-failure", ["--- fail: "], /^\s*--- FAIL: (?<test>\S+)/),
  rule("timeout", ["panic: test timed out"], /^panic: test timed out after (?<seconds>\S+)/, { weight: 0.9 }),
  rule("test-failure", [" ... failed"], /^test (?<test>\S+) \.\.\. FAILED/),
  rule(
    "test-failure",
    ["***failed", "***not run", "***timeout", "***exception"],
    /Test +#\d+: (?<test>\S+) .*\*\*\*(?:Failed|Not Run|Timeout|Exception)/,
  ),
  rule("test-summary", ["the following tests failed"], /The following tests FAILED:/, { weight: 0.74 }),
  rule("test-failure", ["unable to find executable:"], /Unable to find executable: (?<test>\S+)/, {
    weight: 0.78,
  }),
  rule("test-failure", ["fail: "], /^(?:\S+ )?FAIL: (?<test>\S+)/),
  rule(
    "test-failure",
    ["error: "],
    /^ERROR: (?<test>[\w./-]+(?:\.(?:sh|test|py|t|pl)|test[\w./-]*))(?: |$)/,
    { weight: 0.7 },
  ),
  rule("test-failure", [" fail "], /^\s*\d+\/\d+ (?<test>.+?)\s+(?:FAIL|TIMEOUT|ERROR)\s+[\d.]+ ?s/),
  rule("test-failure", ["not ok "], /^\s*not ok \d+(?: - (?<test>(?!.*# (?:TODO|SKIP)).*))?$/),
  rule("test-failure", ["failed test '"], /^#\s+Failed test '(?<test>[^']+)'/),
  rule("test-summary", ["result: fail"], /^Result: FAIL|^test result: FAILED/),
  rule("test-summary", ["tests failed out of"], /, (?<count>[1-9]\d*) tests? failed out of/),
  rule("test-summary", ["# fail:", "# error:"], /^# (?:FAIL|ERROR): +[1-9]/),
  rule(
    "test-summary",
    ["failed: ", "failures: "],
    /^\s*\d+ (?:runs|tests), .*(?:[1-9]\d* failures|[1-9]\d* errors)/,
  ),
  rule("test-failure", ["[  failed  ] "], /^\[ {2}FAILED {2}\] (?<test>[\w./]+)/),
  rule(
    "test-summary",
    [" failures", " failing"],
    /^\s*(?:\d+ examples?, [1-9]\d* failures?|[1-9]\d* failing$)/,
  ),
  rule(
    "test-summary",
    ["failures: ", "test suites: ", "there are test failures"],
    /Tests run: \d+, (?:Failures: [1-9]|Failures: 0, Errors: [1-9])|^Test Suites: [1-9]\d* failed|There are test failures/,
  ),
  rule(
    "test-summary",
    [" tests failed", " test failed", " failed)"],
    /\b[1-9]\d* tests? failed|\([1-9]\d* failed\)$/i,
    {
      weight: 0.55,
    },
  ),
  rule(
    "test-failure",
    ["assertionfailed", "assertion failed", "assertion '"],
    /[Aa]ssertion '?(?<test>.{1,200}?)'? failed/,
    { weight: 0.6 },
  ),
  rule(
    "consequence",
    ["summary of failures", "see ./test-suite.log", "some tests failed"],
    /Summary of Failures:|See \S*test-suite\.log/,
    { role: "secondary", implies: { class: "test-error" } },
  ),
];
