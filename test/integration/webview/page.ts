import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { bundleView } from "../../../extension/build.ts";
import { sessionHtml } from "../../../extension/src/session/html.ts";
import { strings } from "../../../server/src/sessionPage/strings.ts";
import type { FromView, KeptState, ToView } from "../../../webview/src/messages.ts";
import { type ThemeName, themeVariables } from "./themes.ts";

const executablePath = "/usr/bin/chromium";

const origin = "https://view.test";
/** What VS Code puts into every webview. */
const defaultStyle = `html { scrollbar-color: var(--vscode-scrollbarSlider-background) transparent; }
body { overscroll-behavior-x: none; background-color: transparent; color: var(--vscode-editor-foreground);
  font-family: var(--vscode-font-family); font-size: var(--vscode-font-size); margin: 0; padding: 0 20px; }
code { font-family: var(--vscode-editor-font-family); color: var(--vscode-textPreformat-foreground);
  background-color: var(--vscode-textPreformat-background); padding: 1px 3px; border-radius: 4px; }
blockquote { background: var(--vscode-textBlockQuote-background); border-color: var(--vscode-textBlockQuote-border); }`;

interface OpenOptions {
  theme?: ThemeName;
  width?: number;
  height?: number;
  kept?: KeptState;
}

/** The session view as the editor shows it: its real page, script, style and policy, and a stand-in for the editor. */
export class ViewPage implements AsyncDisposable {
  readonly page: Page;
  /** What the view posted, oldest first. */
  readonly posted: readonly FromView[];
  /** Faults of the page: errors, refused loads, broken policy. */
  readonly faults: readonly string[];
  readonly #context: BrowserContext;

  constructor(context: BrowserContext, page: Page, posted: readonly FromView[], faults: readonly string[]) {
    this.#context = context;
    this.page = page;
    this.posted = posted;
    this.faults = faults;
  }

  /** Posts as the editor does, and waits until the view has drawn. */
  async post(...messages: ToView[]): Promise<void> {
    await this.page.evaluate((given) => {
      for (const data of given) window.dispatchEvent(new MessageEvent("message", { data }));
      return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    }, messages);
  }

  kept(): Promise<KeptState> {
    return this.page.evaluate(() => (window as unknown as { kept: KeptState }).kept);
  }

  /** Kept only when PORTWRIGHT_SCREENSHOTS names a folder. */
  async screenshot(name: string): Promise<void> {
    const folder = process.env.PORTWRIGHT_SCREENSHOTS;
    if (folder) await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#context.close();
  }
}

/** A browser and the view's bundle, for all tests of a file. */
export class ViewBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #assets: string;

  private constructor(browser: Browser, assets: string) {
    this.#browser = browser;
    this.#assets = assets;
  }

  static async launch(): Promise<ViewBrowser> {
    const assets = await mkdtemp(join(tmpdir(), "portwright-view-"));
    await bundleView(assets);
    const args = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"];
    return new ViewBrowser(await chromium.launch({ executablePath, args }), assets);
  }

  async open({ theme = "dark", width = 1000, height = 800, kept }: OpenOptions = {}): Promise<ViewPage> {
    const context = await this.#browser.newContext({
      viewport: { width, height },
      reducedMotion: "reduce",
      locale: "en-US",
    });
    const page = await context.newPage();
    const posted: FromView[] = [];
    const faults = faultsOf(page);
    let onReady = (): void => {};
    const ready = new Promise<void>((resolve) => {
      onReady = resolve;
    });
    await context.exposeFunction("tell", (message: FromView) => {
      posted.push(message);
      if (message.type === "ready") onReady();
    });
    await context.addInitScript(actAsEditor, { variables: themeVariables(theme), defaultStyle, theme, kept });
    await context.route("**", async (route) => {
      const { pathname, origin: from } = new URL(route.request().url());
      if (from !== origin || !["/", "/session.js", "/session.css"].includes(pathname)) {
        faults.push(`request: ${route.request().url()}`);
        return route.abort();
      }
      if (pathname === "/") return route.fulfill({ contentType: "text/html", body: viewHtml() });
      const contentType = pathname.endsWith("js") ? "text/javascript" : "text/css";
      return route.fulfill({ contentType, body: await readFile(join(this.#assets, pathname)) });
    });
    await page.goto(`${origin}/`);
    // Before that it hears nothing.
    await ready;
    return new ViewPage(context, page, posted, faults);
  }

  /** A page that stands alone, as a file that a person opens; `use` looks at it. Answers its faults, all loads among them. */
  async look(content: string, use: (page: Page) => Promise<void>): Promise<readonly string[]> {
    const context = await this.#browser.newContext({ locale: "en-US" });
    const page = await context.newPage();
    const faults = faultsOf(page);
    await context.route("**", (route) => {
      if (route.request().url() === `${origin}/`)
        return route.fulfill({ contentType: "text/html", body: content });
      faults.push(`request: ${route.request().url()}`);
      return route.abort();
    });
    await page.goto(`${origin}/`, { waitUntil: "networkidle" });
    await use(page);
    await context.close();
    return faults;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await rm(this.#assets, { recursive: true, force: true });
  }
}

function faultsOf(page: Page): string[] {
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return faults;
}

function viewHtml(): string {
  return sessionHtml({
    language: "en",
    cspSource: origin,
    nonce: "n0nce",
    scriptUri: `${origin}/session.js`,
    styleUri: `${origin}/session.css`,
    strings,
  });
}

interface Stage {
  variables: Record<string, string>;
  defaultStyle: string;
  theme: ThemeName;
  kept: KeptState | undefined;
}

/** Runs in the page, before anything of it. */
function actAsEditor({ variables, defaultStyle, theme, kept }: Stage): void {
  const view = window as unknown as { tell: (message: unknown) => void; kept: unknown };
  view.kept = kept;
  Object.assign(window, {
    acquireVsCodeApi: () => ({
      postMessage: (message: unknown) => view.tell(message),
      getState: () => view.kept,
      setState: (state: unknown) => {
        view.kept = state;
      },
    }),
  });
  const sheet = new CSSStyleSheet();
  const given = Object.entries(variables).map(([name, value]) => `--vscode-${name}: ${value};`);
  // Adopted sheets come last, those of VS Code first: a layer is weaker than the view's own style.
  sheet.replaceSync(
    `:root { ${given.join(" ")} background: var(--vscode-editor-background); } @layer defaults { ${defaultStyle} }`,
  );
  document.adoptedStyleSheets = [sheet];
  document.addEventListener("DOMContentLoaded", () => document.body.classList.add(`vscode-${theme}`));
}
