import { nothing } from "./suspicions.ts";

/** The operators by which make sets a variable, `!=` and `::=` included. */
const set = String.raw`\s*(?:[?:+!]|:sh|::[?+!]?)?=`;
const variable = (...names: string[]) => new RegExp(String.raw`^[\s.\w]*\b(?:${names.join("|")})${set}`);
/** As `variable`, but only where what stood before is lost. */
const replaced = (names: string) => new RegExp(String.raw`^ *(?:${names})\s*(?::|!|:sh)?=`);

/** A line that, when added to what make reads of the port, makes a failure go away without mending it, and what it does. */
export const suspiciousInPort: readonly (readonly [RegExp, string])[] = [
  [
    variable(
      String.raw`(?:BROKEN|IGNORE|DEPRECATED|FORBIDDEN|EXPIRATION_DATE|NOT_FOR_ARCHS|ONLY_FOR_ARCHS)\w*`,
      String.raw`MANUAL_PACKAGE_BUILD|RESTRICTED\w*|LEGAL_PACKAGE`,
    ),
    "marks the port as broken, ignored, deprecated or not to be packaged",
  ],
  [
    variable(
      String.raw`NO_(?!ARCH\b)\w+|DISABLE_\w+|TEST_TARGET|TESTING_UNSAFE|MAKE_JOBS_UNSAFE|DEVELOPER_MODE`,
      "CARGO_(?:CONFIGURE|BUILD|INSTALL|TEST)",
      "BUNDLE_LIBS|QA_ENV",
    ),
    "switches a check or a step of the framework off",
  ],
  [
    variable(
      "DEVELOPER|BATCH|TRYBROKEN|PACKAGE_BUILDING|FORCE_PKG_REGISTER|ALLOW_UNSUPPORTED_SYSTEM|WARNING_WAIT",
      "OSVERSION|OSREL|DFLYVERSION|UID|MAKESYSPATH|MAKEOBJDIR\\w*|__MAKE_CONF|LD_PRELOAD",
    ),
    "sets what the builder or the system says",
  ],
  [
    /^ *\.\s*(?:el)?if.*\b(?:DEVELOPER|BATCH|PACKAGE_BUILDING|TRYBROKEN|DSYNTH\w*|POUDRIERE\w*|PORTWRIGHT\w*)\b/,
    "behaves in another way for who builds or checks it",
  ],
  [
    /^ *\.\s*(?:el)?if\s+[!(\s]*(?:0|1|false|true|no|yes|"\w*"\s*[!=]=\s*"\w*")[)\s]*(?:$|&&|\|\||#)/i,
    "takes lines out of the Makefile by a condition that always or never holds",
  ],
  [variable(String.raw`_\w+`), "sets a variable that belongs to the framework"],
  [
    /^ *(?:[\w./-]+\s+)*(?:do-[\w-]+|check-[\w-]+|stage-qa|checksum|package|stage|build|configure|install|fetch|extract|patch|test)(?:\s+[\w-]+)*\s*(?:!|::?)(?![:?+!]?=)/,
    "replaces a step of the framework",
  ],
  [
    /_COOKIE\b|\.(?:extract|patch|configure|build|stage|install|test)_done/,
    "marks a step as made that was not",
  ],
  [
    variable(
      "(?:BUILD|INSTALL|CONFIGURE|TEST)_WRKSRC|ALL_TARGET|INSTALL_TARGET|MAKEFILE|CMAKE_BUILD_TARGETS",
    ),
    "builds or installs another part of the software",
  ],
  [replaced(String.raw`(?:TMP|PKG_?)?PLIST\w*`), "replaces the packing list"],
  [/^\t.*\bTMPPLIST\b/, "writes the packing list by itself"],
  [/^ *PLIST_SUB\w*\s*[?+:!]?=.*@(?:comment|ignore)\b/, "takes lines out of the packing list"],
  [/^\t.*(?:\$[{(]TOUCH[})]|\btouch\b|>|\/dev\/null).*STAGEDIR/, "makes an installed file by itself"],
  [
    /^\t.*(?:\becho|\bprintf|ECHO\w*[})]|PRINTF[})])\s[^>]*(?<!>)>(?!>)\s*\S*WRK(?:SRC|DIR)/,
    "writes a file of the software by itself",
  ],
  [
    variable(
      "DISTFILES|EXTRACT_ONLY|PATCHFILES|PATCHDIR|DISTINFO_FILE|MASTERDIR|FILESDIR|PKGDIR",
      "SCRIPTSDIR|USESDIR|TEMPLATES|PATCH_(?:DIST_)?ARGS",
    ),
    "takes sources, patches or checksums from elsewhere, or takes them otherwise",
  ],
  [
    variable(
      String.raw`DISTVERSION\w*|PORTVERSION|DISTNAME|GH_(?:TAGNAME|ACCOUNT|PROJECT)|GL_(?:TAGNAME|ACCOUNT|PROJECT|COMMIT)`,
    ),
    "takes another version of the software",
  ],
  [
    variable(
      "PATH|OPSYS|ARCH|PORTSDIR|DISTDIR|PACKAGES|PKGFILE|PKGNAME|WRKDIR|WRKDIRPREFIX|STAGEDIR|LOCALBASE|PREFIX|\\.CURDIR|\\.OBJDIR",
    ),
    "changes a name or a folder that the builder sets",
  ],
  [
    variable(
      "SH|SHELL|CONFIG_SHELL|SETENVI?|MAKE|SUBMAKE|DO_MAKE_\\w+|PKG_(?:BIN|CMD|ADD|CREATE|REGISTER|QUERY)|FETCH_CMD|MTREE_CMD",
      "TRUE|FALSE|TEST|CHMOD|CP|MV|RM|MKDIR|LN|FIND|GREP|EGREP|SED|AWK|CAT|XARGS|SORT|TOUCH|DIFF|CMP|TAR|PATCH|SHA256|REINPLACE_CMD",
    ),
    "puts another program in the place of a tool of the framework",
  ],
  [
    new RegExp(
      String.raw`^ *(?:\w*CMD|\w*TARGET|\w*INSTALL\w*|\w*SCRIPT|CC|CXX|CPP|LD|AR|B?G?MAKE|STRIP)${set}\s*(?:${nothing}|echo)\s*$`,
    ),
    "puts something that does nothing in the place of a tool",
  ],
  [
    new RegExp(
      String.raw`^\t.*(?:;\s*(?:${nothing}|exit\s+0)\s*\)?\s*$|\bset\s+(?:\+e\b|\+o\s+errexit)|\btrap\s+["']?(?:exit\s+0|${nothing})|\bthen\s+${nothing}\s*;|[^&>]&\s*$)`,
    ),
    "ignores a command's failure (; true)",
  ],
  [/^\t.*(?:\$[{(]RM[})]|\brm\s|-delete\b|\bmv\s).*STAGEDIR/, "takes installed files away"],
  [/^\t.*(?:\$[{(]RM[})]|\brm\s|-delete\b).*\btests?\b/i, "takes tests of the software away"],
  [
    new RegExp(
      String.raw`(?:ARGS|ENV|ALIAS)\w*\s*[?+!:]?=(?:.*[\s"'])?(?:(?:[A-Z_]*(?:CC|CXX|CPP|LD|AR|AS|NM|RANLIB|LIBTOOL|INSTALL\w*|MAKE)|cc|c\+\+|g?cc\d*|clang|ld|ar|g?make|install)=["']?(?:${nothing}|echo)(?=[\s"']|$)|SHELL=(?!["']?(?:\$[{(](?:SH|BASH)[})]|\S*/(?:ba)?sh)(?:[\s"']|$)))`,
    ),
    "puts another program in the place of a tool of the software",
  ],
  [
    /(?:ARGS|ENV)\w*\s*[?+!:]?=(?:.*[\s"'])?(?:TESTS|SUBDIRS?|check_\w+|\w+_(?:PROGRAMS|LIBRARIES|LTLIBRARIES|SCRIPTS))=/,
    "sets which parts of the software are built or tested",
  ],
  [/FLAGS\w*\s*[?+!:]?=(?:.*\s)?-D\w+(?:=(?=\s|$)|\()/, "defines a name of the software away"],
  [/(?:FLAGS|ARGS)\w*\s*[?+!:]?=(?:.*\s)?-\$[{(]|\$[{(]:U/, "hides a word behind a variable"],
  [/^\t[\s@+]*!\s/, "takes a command's failure for success"],
  [
    /^\t.*;\s*(?:echo|printf|\$[{(](?:ECHO\w*|PRINTF)[})])(?:\s[^;|&>]*)?$/,
    "ignores a command's failure (; echo)",
  ],
  [
    /(?:^|\s)(?:G?MAKE|GNUMAKE|BUILD|TEST)?_?(?:ARGS|FLAGS|ENV)\w*\s*[?+!:]?=.*(?:^|[\s"'=])-[bBeijnkpqrsStwW\d]*[inkqt][bBeijnkpqrsStwW\d]*(?=[\s"']|$)/,
    "silences the compiler or keeps going after errors",
  ],
  [
    /^\s*OPTIONS_(?:EXCLUDE|UNSET)\w*\s*[?:+]?=|^ *WITHOUT\w*\s*[?:+]?=|_DEPENDS\w*:[NM]|^\s*\.\s*undef\s/,
    "takes options or dependencies away",
  ],
  [/^ *[\w.]+\s*(?:!|:sh\s*)=|\$[{(]:!|:!.*![})]|:sh[})]/, "runs a command whenever make reads the port"],
  [/^[^\s#=:]*\$[{(][^\s=]*\s*(?:[?+!:]?=|:)/, "names a variable or a target indirectly"],
  [/\$[{(][\w.]+::[?+!]?=/, "sets a variable where another one is read"],
  [/^ *(?:\.\s*)?[sd-]?include\s+(?!<bsd\.port\.[\w.]+>)/, "includes another file"],
  [
    /^ *\.(?!(?:PHONY|ORDER|PATH|include|if|el|endif|for|endfor|undef|export|error|warning|info)\b)[A-Z]\w*/,
    "uses a special target of make",
  ],
];

/** In an overlay these hide what the upstream port says; `+=` adds to it. */
export const upstreamLists = replaced(String.raw`(?:\w+_)?\w*DEPENDS|OPTIONS_\w+|USES`);
