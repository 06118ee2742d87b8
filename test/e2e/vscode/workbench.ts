import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { type Browser, chromium, type FrameLocator, type Locator, type Page } from "playwright-core";
import { bundle } from "../../../extension/build.ts";
import { pack, writeArchive } from "../../../extension/pack.ts";
import type { InstalledWorkbench } from "./install.mjs";

/** How long anything may take to appear. */
const patienceMs = 100_000;
const quietSettings = {
  // So that a terminal\'s text stands in the page.
  "terminal.integrated.gpuAcceleration": "off",
  "security.workspace.trust.enabled": false,
  "workbench.startupEditor": "none",
  "telemetry.telemetryLevel": "off",
  "workbench.enableExperiments": false,
  "chat.disableAIFeatures": true,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "git.enabled": false,
  "window.commandCenter": false,
  "workbench.editor.enablePreview": false,
};
/** Workspace trust is on, and this workspace has none. */
const restricted = {
  "security.workspace.trust.enabled": true,
  "security.workspace.trust.startupPrompt": "never",
};

interface OpenOptions {
  /** Home folder of the person; his own when not given. */
  home?: string;
  trusted?: boolean;
  /** Folder of another extension to be installed beside ours. */
  beside?: string;
  /** Lets that one use what is only proposed of the editor's interface. */
  proposedApi?: boolean;
}

/** Extension hosts of a closed window end soon; older versions know no such option. */
const grace = ["--reconnection-grace-time", "5"];
const browserArguments = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A real VS Code with the packed extension in it, seen through a real browser. */
export class Workbench implements AsyncDisposable {
  readonly page: Page;
  /** Takes the settings of the machine on which the extension runs, at once. */
  readonly configure: (settings: Record<string, unknown>) => Promise<void>;
  readonly #disposal: AsyncDisposableStack;

  private constructor(page: Page, configure: Workbench["configure"], disposal: AsyncDisposableStack) {
    this.page = page;
    this.configure = configure;
    this.#disposal = disposal;
  }

  static async open(
    installed: InstalledWorkbench,
    settings: Record<string, unknown>,
    options: OpenOptions = {},
  ): Promise<Workbench> {
    await using starting = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), "portwright-vscode-"));
    starting.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
    const configure = (given: Record<string, unknown>): Promise<void> =>
      writeFile(join(folder, "user/Machine/settings.json"), JSON.stringify(given));
    const port = await startCodeServer(installed, folder, () => configure(settings), starting, options);
    const browser = await chromium.launch({ executablePath: installed.chromium, args: browserArguments });
    starting.defer(() => browser.close());
    const page = await openPage(browser, port, join(folder, "workspace"), options.proposedApi);
    // Extension hosts linger when the browser goes without leaving the page.
    starting.defer(() => page.goto("about:blank").then(() => {}));
    page.setDefaultTimeout(patienceMs);
    return new Workbench(page, configure, starting.move());
  }

  row(text: string | RegExp): Locator {
    return this.page.locator(".part.sidebar .monaco-list-row[role=treeitem]", { hasText: text }).first();
  }

  /** Rows of the view of failing ports alone; others have rows of the same ports. */
  portRows(text: string | RegExp): Locator {
    const header = this.page.locator(".pane-header", { hasText: "Failing Ports" });
    return this.page
      .locator(".part.sidebar .pane", { has: header })
      .locator(".monaco-list-row[role=treeitem]", { hasText: text });
  }

  /** Shows our view; the workbench may bring back the explorer while it starts. */
  async showPortwright(): Promise<void> {
    const title = this.page.locator(".part.sidebar .composite.title", { hasText: "Portwright" });
    const tab = this.page.locator(".part.activitybar").getByRole("tab", { name: /^Portwright/ });
    while (!(await title.isVisible())) {
      await tab.click();
      await title.waitFor({ timeout: 5000 }).catch(() => {});
    }
    await this.rest();
  }

  /** Makes room for what stands in the side bar. */
  async widen(): Promise<void> {
    const { x, width } = (await this.page.locator(".part.sidebar").boundingBox()) ?? { x: 0, width: 0 };
    await this.page.mouse.move(x + width, 500);
    await this.page.mouse.down();
    await this.page.mouse.move(640, 500, { steps: 4 });
    await this.page.mouse.up();
    await this.rest();
  }

  /** Takes the mouse away, and with it what hovering shows. */
  async rest(): Promise<void> {
    await this.page.mouse.move(900, 600);
  }

  /** Chooses from the row's context menu. */
  async choose(row: Locator, item: string): Promise<void> {
    const menu = this.page.locator(".monaco-menu");
    const entry = menu.getByRole("menuitem", { name: item, exact: true });
    await row.waitFor();
    await this.until(entry, "visible", async () => {
      // What has just changed is drawn once more, and a row that is drawn meanwhile is not handed to the command.
      await sleep(1000);
      await row.click({ button: "right", timeout: 10_000 });
    });
    await entry.hover();
    // A click soon after the menu opens is taken for the end of the click that opened it.
    await this.page.keyboard.press("Enter");
    await menu.waitFor({ state: "detached" });
    await this.rest();
  }

  async command(title: string): Promise<void> {
    const palette = this.page.getByPlaceholder("Type the name of a command to run");
    await this.until(this.choice(title), "visible", async () => {
      await this.page.keyboard.press("F1");
      await palette.fill(`>${title}`, { timeout: 10_000 });
    });
    await this.pick(title);
    // What is typed before the palette is gone is typed into it.
    await palette.waitFor({ state: "hidden" });
  }

  /** A row of the list that asks. */
  choice(text: string | RegExp): Locator {
    return this.page.locator(".quick-input-widget .monaco-list-row", { hasText: text }).first();
  }

  /** Picks it at its edge: in its middle, what hovering shows may lie over it. */
  async pick(text: string | RegExp, options: { timeout?: number } = {}): Promise<void> {
    await this.choice(text).click({ position: { x: 12, y: 9 }, ...options });
  }

  /** Runs a command and chooses from the list that it shows, or the only row that words find there. */
  async commandOn(title: string, text: string | RegExp, words?: string): Promise<void> {
    const row = this.choice(text);
    // A slow editor that still closes the palette, or shows a document, closes the list with it.
    for (let left = 3; ; left -= 1) {
      await this.command(title);
      const timeout = left > 1 ? 15_000 : patienceMs;
      try {
        if (words !== undefined) {
          await this.page.locator(".quick-input-widget .quick-input-box input").fill(words);
          // A row of the list before takes no click any more.
          await row.and(this.page.locator('[aria-setsize="1"]')).waitFor({ timeout });
        }
        return await this.pick(text, { timeout });
      } catch (error) {
        if (left === 1 || (await row.isVisible())) throw error;
      }
    }
  }

  /**
   * Acts until `effect` is there, or gone: a list or a menu that opens while the editor still moves the focus closes
   * again, and what is drawn anew under the mouse takes no click. Steps of `act` have to give up soon by themselves.
   */
  async until(effect: Locator, state: "visible" | "hidden", act: () => Promise<void>): Promise<void> {
    for (let left = 4; left > 0 && (await effect.isVisible()) !== (state === "visible"); left -= 1) {
      if (left < 4) await this.page.keyboard.press("Escape");
      await act().catch((error: unknown) => {
        if (left === 1) throw error;
      });
      await effect.waitFor({ state, timeout: 15_000 }).catch(() => {});
    }
    await effect.waitFor({ state });
  }

  /** Clicks a button of a row until `effect` is there, or gone. */
  async press(row: Locator, button: string, effect: Locator, state: "visible" | "hidden" = "visible") {
    await row.waitFor();
    await this.until(effect, state, async () => {
      await row.hover({ timeout: 5000 });
      await row.getByRole("button", { name: button }).click({ timeout: 5000 });
    });
  }

  /** Follows a link in a text, which is drawn anew as soon as the key is held: a click at a place needs no element. */
  async follow(link: Locator, effect: Locator): Promise<void> {
    const { keyboard, mouse } = this.page;
    await this.until(effect, "visible", async () => {
      const box = await link.boundingBox({ timeout: 10_000 });
      if (!box) throw new Error("the link is gone");
      await mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await keyboard.down("ControlOrMeta");
      try {
        // The editor asks what may be followed once the key is held.
        await sleep(1000);
        await mouse.click(box.x + box.width / 2, box.y + box.height / 2);
      } finally {
        await keyboard.up("ControlOrMeta");
      }
    });
  }

  /** Types into the box that asks for text. */
  async answer(text: string): Promise<void> {
    const input = this.page.locator(".quick-input-widget .quick-input-box input");
    await input.fill(text);
    await input.press("Enter");
  }

  /** Gives the path of a file to the dialog that asks for one; a folder has to stand beside the file. */
  async choosePath(title: string, path: string): Promise<void> {
    const entries = await readdir(dirname(path), { withFileTypes: true });
    const folder = entries.find((entry) => entry.isDirectory() && !entry.name.startsWith("."))?.name;
    if (folder === undefined) throw new Error(`no folder stands beside ${path}`);
    const dialog = this.page.locator(".quick-input-widget", { hasText: title });
    const input = dialog.locator("input").first();
    const row = dialog.locator(".monaco-list-row", { hasText: folder }).first();
    await input.waitFor();
    // What is typed while the dialog looks into its first folder is written over, and what is entered before it has looked
    // into the new one is taken for a name in the old one.
    do {
      await input.fill(path);
      await row.waitFor({ timeout: 3000 }).catch(() => {});
    } while (!(await row.isVisible()) || (await input.inputValue()) !== path);
    await input.press("Enter");
    await dialog.waitFor({ state: "hidden" });
  }

  /** Gives the path of a folder to the dialog that asks for one, and presses its button. */
  async chooseFolder(title: string, path: string, button: string): Promise<void> {
    const dialog = this.page.locator(".quick-input-widget", { hasText: title });
    const input = dialog.locator("input").first();
    await input.waitFor();
    const [entry] = await readdir(path);
    if (entry === undefined)
      throw new Error(`${path} is empty: nothing would show that the dialog looks into it`);
    const row = dialog.locator(".monaco-list-row", { hasText: entry }).first();
    do {
      await input.fill(`${path}/`);
      await row.waitFor({ timeout: 3000 }).catch(() => {});
    } while (!(await row.isVisible()) || (await input.inputValue()) !== `${path}/`);
    await dialog.getByRole("button", { name: button }).click();
    await dialog.waitFor({ state: "hidden" });
  }

  tab(name: string | RegExp): Locator {
    return this.page.locator(".tabs-container").getByRole("tab", { name });
  }

  get webview(): FrameLocator {
    return this.page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
  }

  /** Kept only when PORTWRIGHT_SCREENSHOTS names a folder. */
  async screenshot(name: string): Promise<void> {
    const folder = process.env.PORTWRIGHT_SCREENSHOTS;
    if (folder) await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#disposal.disposeAsync();
  }
}

async function startCodeServer(
  { version, node, entry }: InstalledWorkbench,
  folder: string,
  configure: () => Promise<void>,
  starting: AsyncDisposableStack,
  { home, trusted = true, beside }: OpenOptions,
): Promise<number> {
  const vsix = join(folder, "portwright.vsix");
  for (const name of ["user/User", "user/Machine", "workspace"])
    await mkdir(join(folder, name), { recursive: true });
  await writeFile(
    join(folder, "user/User/settings.json"),
    JSON.stringify({ ...quietSettings, ...(trusted ? {} : restricted) }),
  );
  await configure();
  await writeFile(join(folder, "config.yaml"), "auth: none\ncert: false\n");
  await bundle(join(folder, "dist"));
  await pack(vsix, join(folder, "dist"));
  const port = await freePort();
  const common = [
    entry,
    "--config",
    join(folder, "config.yaml"),
    "--user-data-dir",
    join(folder, "user"),
    "--extensions-dir",
    join(folder, "extensions"),
    "--disable-telemetry",
    "--disable-update-check",
  ];
  const all = beside ? [vsix, await packFolder(beside, join(folder, "beside.vsix"))] : [vsix];
  for (const file of all)
    await promisify(execFile)(node, [...common, "--install-extension", file, "--force"]);
  const server = spawn(
    node,
    [...common, "--bind-addr", `127.0.0.1:${port}`, ...(version === "4.99.4" ? [] : grace)],
    // The editor leaves its sockets behind, wherever temporary files go.
    { stdio: "ignore", detached: true, env: { ...process.env, TMPDIR: folder, ...(home && { HOME: home }) } },
  );
  starting.defer(() => endGroup(server));
  await untilHealthy(port, server);
  return port;
}

/** What an installer reads of a .vsix is its manifest and its files. */
async function packFolder(source: string, vsix: string): Promise<string> {
  const files: Record<string, Uint8Array> = {};
  for (const name of await readdir(source)) files[`extension/${name}`] = await readFile(join(source, name));
  await writeArchive(vsix, files);
  return vsix;
}

async function endGroup(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.pid === undefined) return;
  const ended = once(server, "exit");
  process.kill(-server.pid, "SIGTERM");
  await ended;
}

async function untilHealthy(port: number, server: ChildProcess): Promise<void> {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`code-server ended with status ${server.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null);
    if (answer?.ok) return;
    await sleep(200);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  if (typeof address !== "object" || address === null) throw new Error("no free port");
  return address.port;
}

async function openPage(
  browser: Browser,
  port: number,
  workspace: string,
  proposedApi = false,
): Promise<Page> {
  const context = await browser.newContext({
    reducedMotion: "reduce",
    viewport: { width: 1400, height: 900 },
  });
  await context.route(
    ({ hostname }) => hostname !== "127.0.0.1" && hostname !== "localhost",
    (route) => route.abort(),
  );
  const page = await context.newPage();
  const payload = encodeURIComponent(JSON.stringify([["enableProposedApi", ""]]));
  await page.goto(`http://127.0.0.1:${port}/?folder=${workspace}${proposedApi ? `&payload=${payload}` : ""}`);
  await page.locator(".monaco-workbench .part.statusbar").waitFor({ timeout: patienceMs });
  return page;
}
