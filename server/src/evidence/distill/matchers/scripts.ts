import { type Rule, rule } from "./rule.ts";

/** Python, Perl, Ruby, node and Lua programs, and the packaging tools of each. */
export const scriptRules: readonly Rule[] = [
  rule(
    "module-missing",
    ["modulenotfounderror", "no module named"],
    /\bNo module named '?(?<module>[\w.-]+)/,
    { implies: { language: "python" } },
  ),
  rule(
    "module-missing",
    ["no matching distribution", "could not find a version that satisfies", "missing dependencies:"],
    /(?:No matching distribution found for|Could not find a version that satisfies the requirement) (?<module>[\w.-]+)|ERROR Missing dependencies:/,
    { implies: { language: "python" } },
  ),
  rule(
    "module-missing",
    ["distributionnotfound", "packagenotfounderror"],
    /(?:DistributionNotFound|PackageNotFoundError): (?:The ')?(?<module>[\w.-]+)?/,
    { implies: { language: "python" } },
  ),
  rule(
    "consequence",
    ["failed with exit", "backend subprocess exited", "metadata-generation-failed", "failed building wheel"],
    /(?:error: command .* failed with exit (?:code|status)|ERROR Backend subprocess exited|metadata-generation-failed|ERROR: Failed building wheel)/,
    { role: "secondary", implies: { class: "build-system-error" } },
  ),
  rule(
    "tool-missing",
    ["no such file or directory: '"],
    /(?:Error: )?\[Errno 2\] No such file or directory: '(?<tool>[a-z][\w+-]*)'$/,
    { weight: 0.72 },
  ),
  rule(
    "tool-missing",
    ["non-zero exit status 127"],
    /"(?<tool>[\w.+-]+)".* returned non-zero exit status 127/,
  ),
  rule("test-failure", ["failed "], /^FAILED (?<test>\S+\.py(?:::\S+)?)/),
  rule("test-failure", ["error "], /^ERROR (?<test>\S+\.py(?:::\S+)?)/, { weight: 0.7 }),
  rule(
    "test-summary",
    [" failed, ", " failed in ", "failed (failures=", "failed (errors="],
    /^(?:=+ .*\d+ failed|FAILED \((?:failures|errors)=)/,
  ),
  rule(
    "script-error",
    ["error: ", "exception: ", "exit: ", "interrupt: "],
    /^(?<exception>(?!Error:)(?:[a-z_]\w*\.)*(?:[A-Z]\w*)?(?:Error|Exception|Exit|Interrupt)): (?<message>.*)/,
    { weight: 0.66 },
  ),
  rule("module-missing", ["error backend '"], /ERROR Backend '(?<module>[\w.]+)' is not available/, {
    implies: { language: "python" },
  }),
  rule(
    "test-failure",
    ["while importing test module"],
    /ImportError while importing test module '(?<test>[^']+)'/,
    { weight: 0.88 },
  ),
  rule("module-missing", ["invalid command 'bdist_wheel"], /error: invalid command 'bdist_wheel'/, {
    implies: { language: "python", module: "wheel" },
  }),
  rule("compile-error", [".pyx:"], /^(?<file>\S+\.pyx):(?<line>\d+):\d+: (?<message>(?!warning).*)/),
  rule(
    "build-tool-error",
    ["error: can't copy", "error: invalid command", "error in "],
    /^(?:error: (?:can't copy|invalid command)|error in \S+ setup command:) ?(?<message>.*)/,
    { weight: 0.7 },
  ),

  rule("module-missing", ["can't locate "], /Can't locate (?<module>[\w/:]+)(?:\.pm)? in @INC/, {
    implies: { language: "perl" },
  }),
  rule(
    "module-missing",
    ["can't locate loadable object"],
    /Can't locate loadable object for module (?<module>[\w:]+)/,
    { implies: { language: "perl" } },
  ),
  rule(
    "dependency-missing",
    ["must be installed", "need to be installed", "needs to be installed"],
    /^(?<dependency>[\w:.+-]+(?: \S+){0,4}?) (?:must be|needs? to be) installed/i,
    { weight: 0.75 },
  ),
  rule("dependency-hint", ["prerequisite "], /Warning: prerequisite (?<dependency>\S+) .*not found/i, {
    weight: 0.5,
  }),
  rule("dependency-missing", ["missing prerequisites"], /Can't create Makefile: missing prerequisites/, {
    weight: 0.78,
  }),
  rule(
    "version-too-old",
    ["does not match v5", "and perl binaries are mismatched"],
    /Perl API version (?<version>v[\d.]+) of \S+ does not match|loadable library and perl binaries are mismatched/,
    { implies: { tool: "perl" } },
  ),
  rule("script-error", ["syntax error at "], /syntax error at (?<file>\S+) line (?<line>\d+)/, {
    weight: 0.75,
  }),
  rule(
    "dependency-missing",
    ["is not installed", "but we need version"],
    /^\s*[!*] +(?<dependency>[\w:]+) (?:is not installed|\(\S+\) is installed, but we need)/,
    { weight: 0.75 },
  ),
  rule("version-too-old", [" required--this is only"], /Perl v?(?<version>[\d.]+) required--this is only/, {
    implies: { tool: "perl" },
  }),
  rule("consequence", ["compilation aborted"], /compilation aborted/, { role: "secondary" }),
  rule(
    "script-error",
    ["can't open perl script", "can't locate object method", "can't exec"],
    /(?<message>Can't (?:open perl script|locate object method|exec) .*)/,
    { weight: 0.7 },
  ),

  rule("module-missing", ["cannot load such file"], /cannot load such file -- (?<module>\S+)/, {
    implies: { language: "ruby" },
  }),
  rule(
    "module-missing",
    ["could not find gem", "could not find '"],
    /[Cc]ould not find (?:gem )?'(?<module>[^' ]+)/,
    { implies: { language: "ruby" } },
  ),
  rule(
    "header-missing",
    ["find header files for ruby"],
    /mkmf\.rb can't find header files for ruby at (?<header>\S+)/,
  ),
  rule(
    "consequence",
    ["failed to build gem native", "extconf.rb failed", "rake aborted"],
    /(?:Failed to build gem native extension|\*\*\* extconf\.rb failed \*\*\*|^rake aborted!)/,
    { role: "secondary" },
  ),
  rule(
    "script-error",
    ["undefined method", "undefined local variable"],
    /(?<message>undefined (?:method|local variable or method) '[^']+'.*)/,
    { weight: 0.68 },
  ),

  rule(
    "module-missing",
    ["cannot find module '", "cannot find package '"],
    /Cannot find (?:module|package) '(?<module>[^']+)'/,
    { implies: { language: "node" } },
  ),
  rule("out-of-memory", ["heap out of memory"], /JavaScript heap out of memory/),
  rule("compile-error", ["error ts"], /^(?<file>[^\s(]+)\((?<line>\d+),\d+\): error TS\d+: (?<message>.*)/),
  rule(
    "build-tool-error",
    ["npm err!", "npm error"],
    /^npm (?:ERR!|error) (?:code (?<message>E\w+)|(?!A complete log|\s*$).*)/,
    { weight: 0.5 },
  ),
  rule("tool-missing", ["find python"], /^gyp ERR! find Python/, { implies: { tool: "python" } }),
  rule("consequence", ["gyp err!"], /^gyp ERR!/, { role: "secondary" }),
  rule("module-missing", ["module '"], /^(?:lua\S*: )?.*module '(?<module>[\w.]+)' not found:/, {
    implies: { language: "lua" },
  }),
];
