import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Environment } from "../../../../server/src/environments/types.ts";
import { createPlace, isolating, type Place, running } from "../support.ts";

let place: Place;
beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

describe.each(isolating)("what kind %s keeps apart", (kind) => {
  let environment: Environment;
  beforeAll(async () => {
    environment = await (await place.manager(kind)).create({ name: `${kind}-apart`, target: "@t" });
  });
  const sh = async (script: string, network = false) =>
    (
      await environment.exec({ argv: ["/bin/sh", "-c", script], timeoutMs: 20_000, network })
    ).output.toString();

  it("reaches the host's network only when asked", async () => {
    const server = createServer((_, answer) => answer.end("reached"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const probe = `python3 -c 'import socket; s = socket.create_connection(("127.0.0.1", ${port}), 3); print("reached")' 2>&1 | tail -1`;
    expect(await sh(probe)).not.toContain("reached\n");
    expect(await sh(probe, true)).toContain("reached\n");
    server.close();
  });

  it.each([
    ["/work/freebsd-ports"],
    ["/work/DeltaPorts"],
    ["/work/DPorts/devel/gmake"],
    ["/work/logs"],
    ["/work/distfiles"],
    ["/usr/bin"],
    ["/etc"],
    ["/"],
  ])("cannot write %s", async (folder) => {
    expect(await sh(`touch ${folder}/probe 2>/dev/null && echo wrote || echo refused`)).toBe("refused\n");
  });

  it.each([["/work/obj"], ["/work/packages"], ["/work/tmp"], ["/usr/local"], ["/tmp"]])(
    "can write %s",
    async (folder) => {
      expect(await sh(`touch ${folder}/probe && echo wrote`)).toBe("wrote\n");
    },
  );

  it("writes distfiles only while the network is there", async () => {
    expect(await sh(`touch /work/distfiles/fetched-${kind} && echo wrote`, true)).toBe("wrote\n");
  });

  it("sees nothing else of the host", async () => {
    expect(await sh("ls -A /root /home /var 2>&1 | grep -v 'No such file' || true")).toBe("");
    // The mirrors' own path is there, and nothing beside it.
    const mirrors = join(place.home(kind), "mirrors");
    expect(await sh(`find ${place.folder} -path ${mirrors} -prune -o ! -type d -print`)).toBe("");
    expect(await sh(`ls -A ${join(mirrors, "..")}; touch ${mirrors}/probe 2>/dev/null && echo wrote`)).toBe(
      "mirrors\n",
    );
    expect(await sh("ls /work/freebsd-ports/.git | wc -l")).toBe("0\n");
    expect(Number(await sh("id -u"))).toBeGreaterThan(0);
    expect(await sh("cat /etc/passwd 2>/dev/null | grep -v -e ^root: -e ^portwright: || true")).toBe("");
    expect((await sh("ps ax 2>/dev/null | wc -l")).trim().length).toBeLessThan(3);
    expect(await sh("(tr '\\0' '\\n' </proc/1/environ) 2>/dev/null | grep -c PORTWRIGHT || true")).toBe(
      "0\n",
    );
  });

  it("gives each environment a /usr/local of its own, emptied by clean", async () => {
    await sh(
      "mkdir -p /usr/local/lib && touch /usr/local/lib/liba.so /work/obj/thing && chmod 500 /usr/local/lib",
    );
    expect(await sh("ls /usr/local /work/obj")).toContain("lib");
    await environment.clean();
    expect(await sh("ls -A /usr/local /work/obj")).toBe("/usr/local:\n\n/work/obj:\n");
  });

  it("ends with the server, also when that is killed", async () => {
    const manager = JSON.stringify(
      join(import.meta.dirname, "../../../../server/src/environments/manager.ts"),
    );
    const script = `
      import { createEnvironmentManager } from ${manager};
      const manager = await createEnvironmentManager({
        config: ${JSON.stringify(place.config(kind))},
        stateDir: ${JSON.stringify(place.stateDir)}, now: Date.now, newId: () => String(Math.random()),
      });
      const environment = await manager.open("${kind}-apart");
      await environment.exec({
        argv: ["/bin/sh", "-c", "echo up; sleep 64208"], timeoutMs: 600000, onOutput: () => console.log("up"),
      });`;
    const server = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(server.stdout, "data");
    server.kill("SIGKILL");
    await once(server, "exit");
    expect(await running("sleep 64208")).toBe(false);
  });

  it("opens no setting of the kernel for writing", async () => {
    // Opened and not written: without the guard this would reach the machine that runs the test.
    const script = `for name in kernel/core_pattern vm/drop_caches kernel/hostname; do
      (: >>/proc/sys/$name) 2>/dev/null && echo "$name"; done; test -r /proc/sys/kernel/osrelease`;
    const result = await environment.exec({ argv: ["/bin/sh", "-c", script], timeoutMs: 10_000 });
    expect(result).toMatchObject({ exitCode: 0, output: Buffer.from("") });
  });

  it("passes its doctor", async () => {
    const checks = await (await place.manager(kind)).doctor();
    expect(checks.filter((check) => !check.ok)).toEqual([]);
    expect(checks.map((check) => check.name)).toEqual(
      expect.arrayContaining([
        `${kind} no-network`,
        `${kind} no-secrets`,
        `${kind} kernel-settings-read-only`,
        `${kind} upstream-read-only`,
        `${kind} time-limit`,
        "freebsd-ports",
        "make",
        "disk space",
      ]),
    );
  });
});
