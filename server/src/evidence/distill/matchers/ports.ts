import { type Rule, rule } from "./rule.ts";

/** What the ports framework itself says: options, licences, dependencies, packing lists, stage checks, pkg. */
export const portsRules: readonly Rule[] = [
  rule(
    "options-single-none",
    ["no option was selected", "you must select one and only one option"],
    /You must select one and only one option from the (?<group>\S+) single/,
  ),
  rule("options-single-none", ["no option was selected"], /No option was selected \(and one must be\)/, {
    weight: 0.9,
  }),
  rule(
    "options-other",
    [
      "multiple options from the",
      "at least one option",
      "enabled options conflict",
      "only one of these must be defined",
      "conflicts with",
    ],
    /(?:You must (?:check|select) at least one option (?:in|from) the (?<several>\S+) multi|You cannot select multiple options from the (?<group>\S+) radio|(?:choose|select) at least one option from the (?<multi>\S+) multi|enabled options conflict|Only one of these must be defined: (?<options>.*)|Option \S+ conflicts with \S+ \(select only)/,
  ),
  rule("license-missing", ["license file"], /Missing license file for (?<license>\S+) in (?<file>\S+)/i),
  rule(
    "license-missing",
    ["license file", "license_file"],
    /(?:License file|LICENSE_FILE\S*) (?<file>\S+) (?:not found|does not exist|is missing)/i,
  ),
  rule(
    "license-refused",
    ["license"],
    /License \S+ (?:needs confirmation|is not accepted|not accepted|requires confirmation|has been rejected)|[Ll]icense not accepted|(?<message>(?:Unknown|Invalid|undefined) LICENSE\w*\b.*|For a custom LICENSE.*)|ignored because of (?:your )?license/i,
  ),
  rule(
    "port-ignored",
    [
      "is marked as broken",
      "is forbidden:",
      "ignored because",
      "is only for",
      "cannot be built",
      "has known vulnerabilities",
    ],
    /^===> {1,3}\S+ (?<message>(?:has known vulnerabilities|is marked as broken|is forbidden|is only for|cannot be built|cannot be (?:installed|packaged)).*)/,
  ),
  rule("port-ignored", ["requires kernel source", "ignore: "], /^===> {1,3}\S+ (?<message>requires .*)/),
  rule("plist-orphaned", ["error: orphaned:"], /Error: Orphaned: (?<path>.*)/),
  rule("plist-missing", ["error: missing:"], /Error: Missing: (?<path>.*)/),
  rule(
    "plist-missing",
    ["unable to access file"],
    /pkg(?:-static)?: Unable to access file (?<path>[^:]+(?::(?!No such)[^:]+)*):/,
  ),
  rule(
    "plist-missing",
    ["no such file or directory"],
    /^pkg(?:-static)?: (?:lstat|fstatat|open|stat)\((?<path>[^)]+)\): No such file/,
  ),
  rule(
    "plist-other",
    [
      "missing plist file",
      "plist_sub",
      "plist error",
      "unknown keyword",
      "is listed",
      "duplicate file",
      "owned by mtree",
      "unknown @",
      "missing plist",
      "plist keyword",
    ],
    /(?<message>Missing plist\b.*|pkg(?:-static)?: plist keyword .*|Missing PLIST file.*|pkg(?:-static)?: (?:Plist error|unknown keyword|[Dd]uplicate).*|Error: (?:Owned by|@dir).*|pkg(?:-static)?: Unknown (?:@|keyword).*)/i,
  ),
  rule("plist-other", ["plist issues found"], /Error: Plist issues found/, { weight: 0.6 }),
  rule(
    "plist-other",
    ["files left over", "filesystem leftovers", "left over"],
    /(?:Error: )?(?<message>(?:Files or directories left over|Filesystem leftovers).*)/,
    { weight: 0.85 },
  ),

  rule(
    "shebang-invalid",
    ["is an invalid shebang"],
    /Error: '(?<shebang>[^']+)' is an invalid shebang you need USES=shebangfix for '(?<file>[^']+)'/,
  ),
  rule(
    "not-declared-dependency",
    ["not declared as a dependency"],
    /Error: (?<file>\S+) is linked to (?<library>\S+) from (?<dependency>\S+) but it is not declared as a dependency/,
  ),
  rule(
    "not-declared-dependency",
    ["is linked to "],
    /Error: (?<file>\S+) is linked to (?<library>\S+) (?:that|which) does not exist/,
  ),
  rule(
    "stage-qa-other",
    [
      "is referring to",
      "bad symlink",
      "stage-qa failures",
      "insecure",
      "rpath",
      "setuid",
      "stagedir",
      "error: symlink",
    ],
    /^(?:=+>+ )?Error: (?<message>(?!.*[Oo]rphaned|Plist).*(?:referring to|symlink|stage-qa|[Ii]nsecure|RPATH|setuid|STAGEDIR).*)/i,
  ),

  rule(
    "stage-qa-other",
    [
      " links to ",
      "is installed in",
      "you are using ",
      "should be in ",
      "wrong place",
      "does not declare",
      "you need ",
    ],
    /^Error: (?<message>.*(?:links to \S+ but|is installed in|you are using \S+ from|should be in|wrong place|does not declare|you need (?:USES|LIB_DEPENDS)).*)/,
  ),
  rule("package-conflict", ["conflicts with "], /^\s+- (?<package>\S+) conflicts with (?<with>\S+) on /),
  rule(
    "package-conflict",
    [
      "conflicts with installed",
      "installs files into the same",
      "install files into the same",
      "conflicts with ",
    ],
    /(?:^===> {1,3}(?<package>\S+) conflicts with installed|(?:They )?installs? files into the same place|pkg(?:-static)?: (?<name>\S+) conflicts with (?<with>\S+))/,
  ),
  rule(
    "depends-missing",
    ["no such file or directory"],
    /^pkg(?:-static)?: (?:No such file or directory: )?(?<dependency>\/\S+\.(?:pkg|t[xgbz]\w+))(?:: No such file|$)/,
    { weight: 0.8 },
  ),
  rule(
    "package-format",
    ["pkg-static: ", "pkg: "],
    /^pkg(?:-static)?: (?<message>.*(?:[Mm]alformed|manifest|[Bb]ad format|not a valid package|[Ii]nvalid|archive_|[Pp]ackage fingerprint|lua|UCL|libarchive|[Ww]rong ABI|wrong architecture|checksum|No packages available|integrity).*)/,
  ),
  rule(
    "package-format",
    ["pkg-static: ", "pkg: "],
    /^pkg(?:-static)?: (?<message>(?!Warning|No such file|warning|.*not found$).+)/,
    { weight: 0.5 },
  ),
  rule(
    "depends-missing",
    ["dependency list incomplete"],
    /"(?:\S*\/)?(?<dependency>[\w.+-]+\/[\w.+-]+)(?:@\w+)?" non-existent -- dependency list incomplete/,
    { weight: 0.85 },
  ),
  rule(
    "depends-missing",
    [" - not found"],
    /^===> {1,3}\S+ depends on (?<sort>[\w ]+): (?<dependency>.+) - not found/,
    { weight: 0.5 },
  ),
  rule(
    "depends-missing",
    ["refers to a non existing origin", "not installed, dependency"],
    /refers to a non existing origin: (?<dependency>\S+)|(?<!\S)(?<name>\S{1,200}) is not installed, dependency/,
    { weight: 0.8 },
  ),
  rule("stage-qa-other", ["error: "], /^(?:=+>+ )Error: (?<message>.*)/, { weight: 0.45 }),
];
