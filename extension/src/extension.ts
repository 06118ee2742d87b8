import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import type { PortwrightApi } from "./api.ts";
import { askPerson } from "./builders/askPerson.ts";
import { Builders } from "./builders/builders.ts";
import { BuildsView } from "./builds/buildsView.ts";
import { PortsChoice } from "./cases/portsChoice.ts";
import { PublishedCases } from "./cases/published.ts";
import { registerCommands } from "./commands/register.ts";
import { hostOf } from "./connection/open.ts";
import type { SshParts } from "./connection/ssh/person.ts";
import { documentScheme, webviewIds } from "./contributions.ts";
import { DocumentFileSystem } from "./documents/fileSystem.ts";
import { offerLogParts } from "./documents/logLenses.ts";
import { Reports } from "./documents/reports.ts";
import { showEnvironments } from "./environments/environmentsView.ts";
import { offerLanguages } from "./language/offer.ts";
import { ModelKeys, restoreKeys } from "./models/keys.ts";
import { ModelLending } from "./models/lending.ts";
import { offerToLend } from "./models/offerToLend.ts";
import { ReviewComments } from "./review/comments.ts";
import { decorateReviews } from "./review/decorations.ts";
import { Reviews } from "./review/reviews.ts";
import { SessionPanels } from "./session/panels.ts";
import { showSessions } from "./sessions/sessionsView.ts";
import { tellOfConsent } from "./sessions/tellOfConsent.ts";
import { onBuildersChange, readBuilders } from "./settings.ts";
import { showStatus } from "./status.ts";
import { FailingPorts } from "./tree/failingPorts.ts";
import { showPorts } from "./tree/portsView.ts";

/** Makes and joins the parts; nothing else happens here. */
export function activate({
  subscriptions,
  extension,
  extensionUri,
  secrets,
  globalState,
  languageModelAccessInformation: access,
}: vscode.ExtensionContext): PortwrightApi {
  const log = vscode.window.createOutputChannel("Portwright", { log: true });
  const version = String(extension.packageJSON.version);
  const ssh = sshParts(secrets);
  const builders = new Builders({
    hostOf: (definition) => hostOf(definition, ssh),
    version,
    log: (line) => log.info(line),
    random: Math.random,
  });
  const onError = (error: unknown): void => log.error(error instanceof Error ? error : String(error));
  const sessions = new SessionPanels({ extensionUri, builders, onError });
  const reviews = new Reviews();
  const comments = new ReviewComments(builders, reviews, onError);
  const keys = new ModelKeys(secrets);
  const lending = new ModelLending({
    ...{ builders, access, memory: globalState, onError },
    // Editors that are made of VS Code may have none.
    editor: typeof vscode.lm?.selectChatModels === "function" ? vscode : null,
    onNoAccess: offerToLend(onError),
  });
  const reports = new Reports();
  const tree = new FailingPorts(builders, onError);
  const environments = showEnvironments(builders, onError);
  const published = new PublishedCases(builders);
  const choice = new PortsChoice(globalState, userInfo().username, onError);
  const takeSettings = (): void =>
    builders.set(
      readBuilders((problem) => {
        log.warn(problem);
        void vscode.window.showWarningMessage(`Portwright: ${problem}`);
      }),
    );
  subscriptions.push(
    log,
    builders,
    tree,
    environments,
    published,
    showSessions(builders, onError),
    tellOfConsent(builders, onError),
    new BuildsView(builders, onError),
    showPorts(builders, choice, tree),
    showStatus(builders),
    vscode.workspace.registerFileSystemProvider(documentScheme, new DocumentFileSystem(builders), {
      isReadonly: true,
    }),
    sessions,
    vscode.window.registerWebviewPanelSerializer(webviewIds.session, sessions),
    reviews,
    comments,
    reports,
    decorateReviews(reviews),
    offerLogParts(builders),
    offerLanguages(builders, log, onError),
    lending,
    restoreKeys(builders, keys, onError),
    registerCommands({
      builders,
      choice,
      tree,
      environments,
      sessions,
      reviews,
      comments,
      keys,
      lending,
      reports,
      ssh,
      published,
      log,
      version,
    }),
    onBuildersChange(takeSettings),
  );
  takeSettings();
  return published.api;
}

function sshParts(secrets: vscode.SecretStorage): SshParts {
  const home = homedir();
  return {
    ...{ person: askPerson, secrets, passwords: new Map(), home, patienceMs: 20_000 },
    ...{ env: process.env, userName: userInfo().username, platform: process.platform },
    configFiles: [join(home, ".ssh", "config"), "/etc/ssh/ssh_config"],
  };
}
