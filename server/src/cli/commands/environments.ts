import { CliError, exitCodes } from "../failure.ts";
import { table, when } from "../output.ts";
import { asJson, callAndShow, withServer } from "../session.ts";
import type { Terminal } from "../terminal.ts";

export async function listEnvironments(terminal: Terminal): Promise<void> {
  await callAndShow(terminal, "env/list", {}, ({ environments }) =>
    environments.length === 0
      ? "no environments\n"
      : table(
          environments,
          [
            { title: "NAME", value: ({ name }) => name },
            { title: "KIND", value: ({ kind }) => kind },
            { title: "TARGET", value: ({ target }) => target },
            { title: "CREATED", value: ({ createdAt }) => when(createdAt) },
            {
              title: "TREES",
              value: ({ trees }) =>
                Object.entries(trees)
                  .map(
                    ([tree, { commit, dirty }]) => `${tree} ${commit.slice(0, 10)}${dirty ? " edited" : ""}`,
                  )
                  .join(", "),
            },
            { title: "ROOT", value: ({ root }) => root },
          ],
          terminal.width,
        ),
  );
}

export async function createEnvironment(
  terminal: Terminal,
  name: string,
  { target }: { target?: string },
): Promise<void> {
  await callAndShow(
    terminal,
    "env/create",
    { name, target },
    ({ kind, root }) => `${name} (${kind}) is in ${root}\n`,
  );
}

export async function destroyEnvironment(terminal: Terminal, name: string): Promise<void> {
  await callAndShow(terminal, "env/destroy", { name }, () => `${name} is gone\n`);
}

export async function doctor(terminal: Terminal): Promise<void> {
  const result = await withServer(terminal, (client) => client.call("env/doctor", {}, terminal.signal));
  const { checks } = result;
  terminal.out(
    terminal.json
      ? asJson(result)
      : table(
          checks,
          [
            { title: "", value: ({ ok }) => (ok ? "ok" : "FAILS") },
            { title: "CHECK", value: ({ name }) => name },
            { title: "", value: ({ message }) => message },
          ],
          // What fails ends with its remedy: nothing of it is cut off.
          Number.POSITIVE_INFINITY,
        ),
  );
  if (checks.some(({ ok }) => !ok)) throw new CliError(exitCodes.failure, "");
}
