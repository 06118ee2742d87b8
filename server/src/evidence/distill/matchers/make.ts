import { type Rule, rule } from "./rule.ts";

const IN_PORTS_MK =
  /^(?:bmake|make)[^:]*: "(?<makefile>[^"]*(?:\/Mk\/[^"]+|\/Makefile(?:\.local|\.\w+)?))" line (?<line>\d+): (?<message>.*)/;

/** BSD make and GNU make: makefiles that do not parse, absent rules, and the lines in which they give up. */
export const makeRules: readonly Rule[] = [
  rule("uses-unknown", ["unknown uses="], /Unknown USES=\s*(?<uses>[^\s:,]+)/),
  rule(
    "uses-unknown",
    ["/uses/"],
    /(?:Could not find|Cannot open|can't find|cannot open) .*\/?Uses\/(?<uses>[^\s/]+)\.mk/i,
  ),
  rule(
    "gnu-makefile",
    [
      "missing dependency operator",
      "need an operator",
      "unassociated shell command",
      "invalid line type",
      "invalid line '",
      "unknown directive",
    ],
    /"(?<makefile>[^"]+)",? line (?<line>\d+): (?<message>Missing dependency operator|Need an operator|Unassociated shell command|Invalid line (?:type|').*|Unknown directive.*)/,
  ),
  rule(
    "gnu-makefile",
    [
      "missing dependency operator",
      "need an operator",
      "unassociated shell command",
      "invalid line type",
      "invalid line '",
      "unknown directive",
    ],
    /^(?:\S*make\S* )?(?<makefile>[^\s:"]+):(?<line>\d+): (?<message>Missing dependency operator|Need an operator|Unassociated shell command|Invalid line (?:type|').*|Unknown directive.*)/,
  ),
  rule(
    "gnu-makefile",
    ["illegal option -- ", "invalid option -- "],
    /^b?make(?:\[\d+\])?: (?<message>(?:illegal|invalid) option -- .*)/,
    { weight: 0.8 },
  ),
  rule(
    "gnu-makefile",
    ["don't know how to make %", "dont know how to make %"],
    /don'?t know how to make (?<target>%[^\s:]*)/i,
  ),
  rule(
    "gnu-makefile",
    [
      "this makefile requires gnu make",
      "requires gnu make",
      "need gnu make",
      "use gmake",
      "please use gnu make",
    ],
    /(?:requires?|needs?|use) (?:GNU make|gmake)/i,
    { weight: 0.8 },
  ),
  rule("no-rule", ["know how to make "], /don'?t know how to make (?<target>[^\s]+?)\.? Stop/),
  rule("no-rule", ["know how to make "], /don'?t know how to make (?<target>[^\s]+)/, { weight: 0.75 }),
  rule(
    "no-rule",
    ["no rule to make target"],
    /No rule to make target '(?<target>[^']+)'(?:, needed by '(?<needed>[^']+)')?/,
  ),
  rule(
    "no-rule",
    ["missing and no known rule"],
    /ninja: error: '(?<target>[^']+)', needed by '(?<needed>[^']+)', missing and no known rule/,
  ),
  rule(
    "makefile-missing",
    ["cannot open makefile", "no targets specified and no makefile", "no target to make"],
    /(?:cannot open (?<makefile>Makefile\S*?)\.?$|No targets specified and no makefile found|no target to make)/,
  ),
  rule(
    "makefile-missing",
    ["no such file or directory"],
    /^(?:g|b)?make(?:\[\d+\])?: (?<makefile>(?:GNU)?[Mm]akefile[\w.-]*): No such file or directory/,
  ),
  rule(
    "makefile-missing",
    ["no such file or directory"],
    /^(?<from>[^\s:]*[Mm]akefile[^\s:]*):\d+: (?<makefile>[^:]+): No such file or directory/,
  ),
  rule(
    "makefile-missing",
    ["no such file or directory"],
    /^\S*make\S*: \*\*\* (?<makefile>\S+): No such file or directory\./,
  ),
  rule("makefile-missing", ["could not find "], /"(?<from>[^"]+)" line \d+: Could not find (?<makefile>\S+)/),
  rule(
    "bsd-makefile",
    [
      "missing separator",
      "commands commence before",
      "recipe commences before",
      "multiple target patterns",
      "unterminated call",
      "unterminated variable",
      "extraneous",
      "invalid syntax in conditional",
      "missing 'endif'",
      "empty variable name",
    ],
    /^(?<makefile>[^\s:]+):(?<line>\d+): \*\*\* (?<message>(?:missing separator|commands commence|recipe commences|multiple target|unterminated|extraneous|invalid syntax|missing|empty variable).*?)\.?\s+Stop/i,
  ),
  rule("makefile-stop", ["*** "], /^(?<makefile>[^\s:]+):(?<line>\d+): \*\*\* (?<message>.*?)\.?\s+Stop\.?$/),
  rule(
    "tool-missing",
    ["no such file or directory"],
    /^(?:g|b)?make(?:\[\d+\])?: (?<tool>[\w.+-]+|\/\S*\/s?bin\/[\w.+-]+): No such file or directory/,
  ),
  rule("tool-missing", ["exec("], /make[^:]*: exec\((?<tool>[^)]+)\) failed \(No such file/),
  rule(
    "port-makefile",
    [
      "malformed conditional",
      "unclosed ",
      "unmatched ",
      "if-less",
      "for-less",
      "missing from",
      "duplicate script",
      "inconsistent operator",
      "could not parse",
      "is recursive",
      "bad modifier",
      "unknown modifier",
    ],
    IN_PORTS_MK,
  ),
  rule(
    "port-makefile",
    ["cannot find any information about"],
    /Cannot find any information about (?:user|group) '(?<message>[^']+)'/,
  ),
  rule(
    "makefile-stop",
    ["unknown modifier", "unclosed variable", "unclosed expression"],
    /^\S*make[^:]*: (?:"[^"]+" line \d+: )?(?<message>(?:Unknown modifier|Unclosed (?:variable|expression)).*)/,
    { weight: 0.75 },
  ),
  rule("makefile-stop", ["graph cycles through"], /^\S*make[^:]*: (?<message>Graph cycles through .*)/),
  rule(
    "makefile-stop",
    ["makefile has been rebuilt", "makefile out-of-date"],
    /(?<message>Makefile has been rebuilt|Makefile out-of-date with respect to)/,
  ),
  rule("build-tool-error", ["scons: *** "], /^scons: \*\*\* (?<message>[^[].*?)(?: {2}Stop\.)?$/, {
    weight: 0.75,
  }),
  rule(
    "consequence",
    ["detected in another branch"],
    /failure has been detected in another branch of the parallel make/,
    { role: "secondary" },
  ),
  rule(
    "port-makefile",
    ["malformed conditional", "if-less", "unclosed ", "for-less"],
    /^\S*make[^:]*: "(?<makefile>[^"]+)" line (?<line>\d+): (?<message>.*)/,
    { weight: 0.8 },
  ),
  rule("consequence", ["fatal errors encountered"], /Fatal errors encountered -- cannot continue/, {
    role: "terminal",
  }),
  rule("killed", ["signal 9", "] killed"], /\*\*\* (?:\[(?<target>[^\]]+)\] )?(?:Signal 9|Killed)\b/, {
    weight: 0.76,
  }),
  rule(
    "crash",
    ["signal ", "segmentation fault", "] aborted", "bus error", "illegal instruction"],
    /\*\*\* (?:\[[^\]]+\] )?(?<signal>Signal (?!9\b|15\b)\d+|Segmentation fault|Aborted|Bus error|Illegal instruction)/,
    { weight: 0.55 },
  ),
  rule("make-stop", ["error code"], /\*\*\* (?:\[(?<target>[^\]]+)\] )?Error code (?<status>\d+)/, {
    role: "terminal",
  }),
  rule(
    "make-stop",
    ["] error "],
    /\*\*\* \[(?:(?<makefile>[^\]\s:]+):\d+: )?(?<target>[^\]]+)\] Error (?<status>-?\d+)/,
    {
      role: "terminal",
    },
  ),
  rule(
    "make-stop",
    [
      "build stopped",
      "unexpectedly.",
      "stopped in ",
      "not remade because of errors",
      "configuring incomplete",
      "errors while running ctest",
      "stopped making",
    ],
    /^(?:ninja: build stopped|===> {1,2}(?:Compilation failed unexpectedly|Script "(?<script>[^"]+)" failed unexpectedly)|\S*make[^:]*: stopped (?:in|making)|.*not remade because of errors|-- Configuring incomplete|Errors while running CTest)/,
    { role: "terminal" },
  ),
  rule("failed-block", ["failed: "], /^FAILED: (?:\[code=\d+\] )?(?<target>\S+)/, { role: "secondary" }),
  rule("build-tool-error", ["ninja: error:", "ninja: fatal:"], /^ninja: (?:error|fatal): (?<message>.*)/, {
    weight: 0.7,
  }),
  rule(
    "build-tool-error",
    ["makefile target", "circular "],
    /^\S*make[^:]*: \*\*\* (?<message>.*) {2}Stop\.$/,
    { weight: 0.6 },
  ),
];
