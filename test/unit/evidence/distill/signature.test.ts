import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { analyse } from "../../../../server/src/evidence/distill/distill.ts";
import { distillText, dsynthLog, poudriereLog } from "./frames.ts";

const STOP = "*** Error code 1\n\nStop.";

async function signatureOf(log: string): Promise<string> {
  return (await distillText(log)).signature.id;
}

/** The same failure in another folder, version, line, toolchain and builder. */
const SAME: readonly (readonly [string, string, string, string])[] = [
  [
    "undeclared",
    "build",
    "/construction/a/b/sample-1.0/src/x.c:12:3: error: 'SO_FIB' undeclared (first use in this function)",
    "/wrkdirs/usr/ports/a/b/work/sample-2.1.3/src/x.c:340:17: error: use of undeclared identifier 'SO_FIB'",
  ],
  [
    "header",
    "build",
    "src/x.c:1:10: fatal error: sys/procctl.h: No such file or directory",
    "../lib/y.c:88:10: fatal error: 'sys/procctl.h' file not found",
  ],
  [
    "undefined",
    "build",
    "main.c:(.text+0x1f): undefined reference to `kvm_open'",
    "ld: error: undefined symbol: kvm_open",
  ],
  [
    "patch",
    "patch",
    "1 out of 3 hunks failed--saving rejects to src/a.c.rej\n===>  FAILED Applying dragonfly patch-src_a.c",
    "2 out of 4 hunks FAILED -- saving rejects to file src/a.c.rej\n===>  FAILED Applying dragonfly patch-src_a.c",
  ],
  [
    "checksum",
    "checksum",
    "=> SHA256 Checksum mismatch for sample-1.0.tar.gz.",
    "=> SHA256 Checksum mismatch for sample-1.4.2.tar.gz.",
  ],
  [
    "plist",
    "package",
    "pkg-static: Unable to access file /construction/a/stage/usr/local/lib/libz.so.1.2.3:No such file or directory",
    "pkg-static: Unable to access file /wrkdirs/a/work/stage/usr/local/lib/libz.so.1.3.1:No such file or directory",
  ],
  [
    "compiler message",
    "build",
    "/construction/x/a.c:3:6: error: expected ';' before '}' token",
    "/wrkdirs/y/work/z-9/a.c:51:1: error: expected ';' before '}' token",
  ],
  [
    "crash text",
    "build",
    "gen: internal compiler error: in fold, at /tmp/cc1a2b3c4d.c:77",
    "gen: internal compiler error: in fold, at /var/tmp/cc99887766.c:1023",
  ],
];

describe("equal for one failure", () => {
  test.each(SAME)("%s", async (_name, phase, here, there) => {
    const first = await signatureOf(dsynthLog(phase, `${here}\n${STOP}`));
    expect(await signatureOf(poudriereLog(phase, `cc -c z.c\n${there}\n${STOP}`))).toBe(first);
    expect(await signatureOf(dsynthLog(phase, `one\ntwo\nthree\n${there}\n${STOP}`))).toBe(first);
  });

  test("with jobs in another order", async () => {
    const one = "a.c:1:10: fatal error: 'net/bpf_np.h' file not found";
    const two = "b.c:4:10: fatal error: 'net/bpf_np.h' file not found";
    expect(await signatureOf(dsynthLog("build", `${one}\n${two}\n${STOP}`))).toBe(
      await signatureOf(dsynthLog("build", `${two}\n--- c.o ---\n${one}\n${STOP}`)),
    );
  });
});

test("different for different causes", async () => {
  const logs = [
    ...SAME.map(([, phase, lines]) => [phase, lines] as const),
    ["build", "x.c:1:1: error: 'SO_OTHER' undeclared"] as const,
    ["build", "x.c:1:1: error: unknown type name 'SO_FIB'"] as const,
    ["build", "x.c:1:10: fatal error: 'net/procctl.h' file not found"] as const,
    ["build", "a.c:3:6: error: expected expression"] as const,
    ["build", "=>> Killing runaway build after 7200 seconds with no output"] as const,
    ["configure", "=>> Killing runaway build after 7200 seconds with no output"] as const,
    ["configure", "configure: error: C compiler cannot create executables"] as const,
    ["configure", "configure: error: cannot run C compiled programs."] as const,
    ["test", "FAIL: test1"] as const,
    ["test", "FAIL: test2"] as const,
    ["build", "nothing said"] as const,
  ];
  const ids = await Promise.all(
    logs.map(([phase, lines]) => signatureOf(dsynthLog(phase, `${lines}\n${STOP}`))),
  );
  expect(new Set(ids).size).toBe(logs.length);
});

test("its key says in words what it stands for", async () => {
  const { signature } = await distillText(
    dsynthLog("build", `x.c:1:10: fatal error: 'a/b.h' file not found\n${STOP}`),
  );
  expect(signature).toMatchObject({ version: 2, key: "compile-error | - | header-missing | a/b.h" });
  expect(signature.id).toMatch(/^[\da-f]{16}$/);
});

test("its parts tell what each came from", async () => {
  const log = dsynthLog(
    "configure",
    `configure: error: /construction/a/b/frob-1.2.3 is no place for us\n${STOP}`,
  );
  const { signatureParts, distillation } = await analyse(Readable.from([Buffer.from(log)]));
  expect(signatureParts.map(({ value }) => value).join(" | ")).toBe(distillation.signature.key);
  expect(signatureParts.map(({ name }) => name)).toEqual(["class", "phase", "kind", "message"]);
  expect(signatureParts.at(-1)).toMatchObject({
    value: expect.stringContaining("is no place for us"),
    from: expect.stringContaining("/construction/a/b/frob-1.2.3"),
    why: expect.stringContaining("paths"),
  });
});
