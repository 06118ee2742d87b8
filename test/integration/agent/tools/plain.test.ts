import { afterAll, beforeAll, expect, test } from "vitest";
import { createSample, type Sample } from "../sample.ts";

let sample: Sample;
beforeAll(async () => {
  sample = await createSample("plain");
});
afterAll(() => sample.remove());

test("where paths are the host's own, tools still speak only of /work and take each other's paths", async () => {
  const { call, context } = await sample.bench("misc/figsay");
  const shown: string[] = [];
  const ask = async (name: string, args: unknown = {}) => {
    const answer = await call(name, args);
    shown.push(answer.content);
    expect(answer.facts.ok, answer.content).toBe(true);
    return answer;
  };
  expect((await ask("env_verify")).facts.kind).toBe("plain");
  const { wrksrc } = (await ask("patch_phase")).facts;
  await ask("list_dir", { path: wrksrc });
  const found = await ask("grep", { path: wrksrc, pattern: "figsay" });
  const [path = ""] = found.body.split(":");
  expect(path.startsWith(`${wrksrc}/`)).toBe(true);
  await ask("get_file", { path });
  const duped = await ask("dupe", { path: `${wrksrc}/figsay.sh` });
  const read = await ask("get_file", { path: duped.facts.path });
  await ask("put_file", {
    path: duped.facts.path,
    content: `${read.body}# end\n`,
    sha256: read.facts.sha256,
  });
  await ask("genpatch");
  await ask("install_patches");
  const built = await ask("build");
  await ask("get_file", { path: built.facts.log });
  await ask("grep", { path: built.facts.log, pattern: "Phase" });
  await ask("port_query", { variables: ["WRKSRC", "PORTSDIR"] });
  await ask("emit_diff");
  expect(shown.join("\n")).not.toContain(context.environment.root);
});
