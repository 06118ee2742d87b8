/** Names of the files of a port that the language server looks into. */
const names = "{Makefile,Makefile.*,distinfo*,pkg-plist*}";
const patches = "{patch-*,extra-patch-*,*.diff,*.patch}";

/** Which documents go to a builder: its own, and with `files` those on this machine that stand in a tree of ports. */
export function portsFiles(files: boolean): { scheme: string; pattern: string }[] {
  const onBuilder = [names, patches].map((name) => ({ scheme: "portwright", pattern: `**/${name}` }));
  // A project of somebody's own has Makefiles and patches too; they are nobody's business.
  const port = "**/*[pP]orts*/*/*";
  const here = [
    `${port}/${names}`,
    `${port}/{files,dragonfly,diffs,newport}/${patches}`,
    `${port}/{dragonfly,newport}/${names}`,
  ];
  return files ? [...onBuilder, ...here.map((pattern) => ({ scheme: "file", pattern }))] : onBuilder;
}
