/** dsynth's and poudriere's headings. */
const banner = /^-- {1,2}Phase: (?<phase>[\w-]+)$|^=+<phase: (?<named>[\w-]+) *>=+$/;

/** The framework's own announcements, for logs without a builder's banners. */
const announcements: readonly (readonly [RegExp, string])[] = [
  [/^===> {1,2}Fetching all distfiles|^=> Attempting to fetch/, "fetch"],
  [/^===> {1,2}Fetching for /, "fetch"],
  [/^===> {1,2}Extracting for /, "extract"],
  [/^===> {1,2}Patching for /, "patch"],
  [/^===> {1,2}Applying /, "patch"],
  [/^===> {1,2}Configuring for /, "configure"],
  [/^===> {1,2}Building for /, "build"],
  [/^===> {1,2}Staging for /, "stage"],
  [/^===> {1,2}Testing for /, "test"],
  [/^===> {1,2}Installing for /, "install"],
  [/^=+>+ Running Q\/A tests/, "stage-qa"],
  [/^=+>+ Checking for (?:pkg-plist issues|items in STAGEDIR)/, "check-plist"],
  [/^===> {1,2}Building package for /, "package"],
  [/^Executing\(%prep\)/, "patch"],
  [/^Executing\(%build\)/, "build"],
  [/^Executing\(%install\)/, "stage"],
  [/^Executing\(%check\)/, "test"],
  [/^>>> (?:Preparing|Unpacking) source/, "patch"],
  [/^>>> Configuring source/, "configure"],
  [/^>>> Compiling source/, "build"],
  [/^>>> Test phase/, "test"],
  [/^>>> Install /, "stage"],
  [/^\s*dh_auto_configure\b/, "configure"],
  [/^\s*dh_auto_build\b/, "build"],
  [/^\s*dh_auto_test\b/, "test"],
  [/^\s*dh_auto_install\b/, "stage"],
];

/** The phase that a builder's own heading begins. */
export function bannerPhase(text: string): string | undefined {
  const groups = banner.exec(text)?.groups;
  return groups?.phase ?? groups?.named;
}

/** The phase that a line announces which the framework prints, whatever builder runs it. */
export function announcedPhase(text: string): string | undefined {
  return announcements.find(([pattern]) => pattern.test(text))?.[1];
}
