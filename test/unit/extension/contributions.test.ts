import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  commandIds,
  commentControllerId,
  connectionContexts,
  contextKeys,
  documentScheme,
  languageIds,
  nodeTags,
  reviewContexts,
  settingIds,
  viewIds,
  webviewIds,
} from "../../../extension/src/contributions.ts";

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../extension/${name}`, import.meta.url), "utf8"));
const manifest = read("package.json");
const texts: Record<string, string> = read("package.nls.json");
const { contributes } = manifest;

const sorted = (values: Iterable<string>): string[] => [...values].sort();

/** Every value of the key `name`, however deep. */
function valuesOf(name: string, value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === name && typeof inner === "string" ? [inner] : valuesOf(name, inner),
  );
}

describe("package.json declares what the code registers", () => {
  it("commands", () => {
    const declared = contributes.commands.map(({ command }: { command: string }) => command);
    expect(sorted(declared)).toEqual(sorted(commandIds));
  });

  it("settings, none of which a workspace can set", () => {
    const { properties } = contributes.configuration;
    expect(sorted(Object.keys(properties))).toEqual(sorted(Object.values(settingIds)));
    expect(valuesOf("scope", properties)).toEqual(Object.values(settingIds).map(() => "machine"));
    expect(sorted(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations)).toEqual(
      sorted(Object.values(settingIds)),
    );
  });

  it("views, documents and webviews", () => {
    const views = contributes.views.portwright.map(({ id }: { id: string }) => id);
    expect(views).toEqual(Object.values(viewIds));
    expect(manifest.activationEvents).toEqual([
      `onFileSystem:${documentScheme}`,
      `onWebviewPanel:${webviewIds.session}`,
      "workspaceContains:Mk/bsd.port.mk",
    ]);
  });

  it("languages, each with a grammar that is there", () => {
    const ids = contributes.languages.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(languageIds);
    for (const { language, path, scopeName } of contributes.grammars) {
      expect(languageIds).toContain(language);
      expect(read(path).scopeName).toBe(scopeName);
    }
  });

  it("menus and welcome views use only known commands, context keys and tags", () => {
    const known: readonly string[] = commandIds;
    for (const command of valuesOf("command", contributes.menus)) expect(known).toContain(command);
    const conditions = [...valuesOf("when", contributes), ...valuesOf("enablement", contributes)];
    for (const condition of conditions) {
      const keys = condition.match(/portwright\.\w+/g) ?? [];
      for (const key of keys)
        expect([...Object.values(contextKeys), ...Object.values(viewIds), commentControllerId]).toContain(
          key,
        );
      for (const [, value] of condition.matchAll(/portwright\.connection [!=]= (\w+)/g))
        expect(connectionContexts).toContain(value);
      for (const [, value] of condition.matchAll(/portwright\.review [!=]= (\w+)/g))
        expect(reviewContexts).toContain(value);
      for (const [, tag] of condition.matchAll(/\\b(\w+)\\b/g)) expect(nodeTags).toContain(tag);
    }
  });

  it("a welcome view for every state of the connection, each with a command that mends it", () => {
    const views: { view: string; when: string; contents: string }[] = contributes.viewsWelcome;
    const needed = [
      ...connectionContexts.map((context) => ({ view: viewIds.failingPorts as string, context })),
      // Where there is no connection, these say so in a row.
      ...Object.values(viewIds).map((view) => ({ view: view as string, context: "connected" })),
    ];
    for (const { view, context } of needed) {
      const found = views.filter(
        (welcome) => welcome.view === view && welcome.when === `${contextKeys.connection} == ${context}`,
      );
      expect(found, context).toHaveLength(1);
      const contents = texts[found[0]?.contents.replaceAll("%", "") ?? ""];
      const commands = [...(contents ?? "").matchAll(/\]\(command:(portwright\.\w+)/g)].map(([, id]) => id);
      expect(commands.length, context).toBeGreaterThan(0);
      for (const command of commands) expect(commandIds).toContain(command);
    }
  });

  it("at most two actions stand in a row", () => {
    const items: { group: string; when: string }[] = contributes.menus["view/item/context"];
    for (const view of Object.values(viewIds)) {
      const inline = items.filter(
        ({ group, when }) => when.includes(`${view} `) && group.startsWith("inline"),
      );
      // Pause and resume, which stand in one place, are never offered together.
      expect(new Set(inline.map(({ group }) => group)).size, view).toBeLessThanOrEqual(2);
    }
  });

  it("each text stands in package.nls.json, and none there is unused", () => {
    const used = [...JSON.stringify(manifest).matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key ?? "");
    expect(sorted(new Set(used))).toEqual(sorted(Object.keys(texts)));
  });
});
