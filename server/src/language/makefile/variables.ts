/** What the variables that stand in most ports mean, in a line or two of our own. */
export const variables: Readonly<Record<string, string>> = {
  PORTNAME:
    "Name of the software; the package is named by it, with `PKGNAMEPREFIX` and `PKGNAMESUFFIX` about it.",
  PORTVERSION:
    "Version in the form that packages compare. Set `DISTVERSION` instead when upstream writes it otherwise.",
  DISTVERSION: "Version as upstream writes it; `PORTVERSION` is made from it.",
  PORTREVISION:
    "Raised by one when the package changes and the version does not; left out when the version rises.",
  PORTEPOCH: "Raised when a version has to sort after a greater one. It never goes down again.",
  CATEGORIES: "The folder of the port first, then other categories that it belongs to.",
  MASTER_SITES: "Places that distfiles are fetched from. Words like `GH` or `SF` stand for known mirrors.",
  DISTFILES: "Names of the files to fetch; `DISTNAME` with `EXTRACT_SUFX` when left out.",
  MAINTAINER: "Address of the person who looks after the port.",
  COMMENT: "One line about the software, without its name, an article in front or a full stop.",
  WWW: "Address of the software's own pages.",
  LICENSE: "Licences by their names in the framework; `LICENSE_COMB` says how several go together.",
  LICENSE_FILE:
    "The licence's text inside the sources. A file that upstream moved stops the port in check-license.",
  USES: "Features of the framework, each a file in Mk/Uses; `word:argument` passes arguments.",
  BUILD_DEPENDS: "Needed while building: `file-or-package:category/port`, e.g. `gm4:devel/m4`.",
  RUN_DEPENDS: "Needed by the installed package: `file-or-package:category/port`.",
  LIB_DEPENDS: "Shared libraries needed for building and running: `libname.so:category/port`.",
  TEST_DEPENDS: "Needed only by `make test`.",
  OPTIONS_DEFINE: "Options that a person may switch on and off; `OPTIONS_DEFAULT` are on by default.",
  OPTIONS_DEFAULT: "Options that are on unless a person says otherwise.",
  CONFIGURE_ARGS: "Arguments of the configure script.",
  CMAKE_ARGS: "Arguments of CMake; switches without a value belong into `CMAKE_ON` and `CMAKE_OFF`.",
  MESON_ARGS: "Arguments of meson, mostly `-Dname=value`.",
  MAKE_ARGS: "Arguments of the vendor's make, for build and install.",
  CFLAGS: "Flags of the C compiler. Append to it: the operator's own flags stand in it.",
  LDFLAGS: "Flags of the linker; append to it.",
  WRKSRC:
    "Folder of the unpacked sources. Set it, or `WRKSRC_SUBDIR`, when the archive's folder has another name.",
  PATCHFILES: "Patches fetched like distfiles and applied before those in files/.",
  EXTRA_PATCHES: "Further patch files, applied after the port's own.",
  PLIST_FILES: "Packing list of a small port, in place of pkg-plist.",
  PLIST_SUB: "`NAME=value` words: `%%NAME%%` in the packing list becomes the value.",
  BROKEN:
    "Why the port does not build. It is then not built at all; a reason for one system belongs into `BROKEN_DragonFly`.",
  IGNORE: "Why the port must not be built here; builders show the reason and skip it.",
  CONFLICTS_INSTALL: "Packages that install the same files.",
  USE_GITHUB: "The distfile is GitHub's archive of `GH_ACCOUNT/GH_PROJECT` at `GH_TAGNAME`.",
  SHEBANG_FILES: "Scripts whose interpreter `USES=shebangfix` mends, relative to `WRKSRC`.",
};
