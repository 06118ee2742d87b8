import { kindText } from "../protocol/attention.ts";
import type { Approval, Briefing, Proof, Steering, ToolCall, Turn } from "../protocol/entities.ts";
import { portName } from "../protocol/origin.ts";
import type { SessionFacts } from "../protocol/sessionLines.ts";
import { type MarkdownNode, parseMarkdown } from "./markdown.ts";
import { Html, html } from "./markup.ts";
import { approvalWords, fill, type StringKey, type Strings } from "./strings.ts";
import { argumentLine, durationText, moneyText, partInWords, readArguments } from "./text.ts";
import { visibleThroughout } from "./visible.ts";

export interface SessionRecord extends SessionFacts {
  /** Unit of its costs. */
  unit: string;
}

const style = new Html(`:root { color-scheme: light dark; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; } h2 { margin: 2rem 0 .5rem; border-bottom: 1px solid #8886; font-size: 1.1rem; }
small, .quiet { font-weight: normal; opacity: .75; }
pre, code { font: 13px/1.4 ui-monospace, monospace; }
pre { margin: .25rem 0; padding: .5rem .75rem; background: #8882; white-space: pre-wrap; overflow-wrap: anywhere; }
details { margin: .25rem 0; padding: .25rem .75rem; border: 1px solid #8886; border-radius: 4px; }
blockquote { margin: .5rem 0; padding-left: .75rem; border-left: 3px solid #888; }
table { border-collapse: collapse; } th, td { padding: .1rem .5rem; border: 1px solid #8886; }`);

type Text = (key: StringKey, ...values: (string | number)[]) => string;

/** The whole session as one page that stands alone: it loads nothing, runs nothing and leads nowhere. */
export function sessionPage(record: SessionRecord, texts: Strings, language: string): string {
  const shown = visibleThroughout(record);
  const { case: subject, attempt, turns, steerings, approvals, proof } = shown;
  const asked = new Set(turns.map(({ number }) => number));
  const text: Text = (key, ...values) => fill(texts[key], ...values);
  const title = `${portName(subject)}: ${text("attempt", attempt.number)}`;
  return html`<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<h1>${title}</h1>
${factsOf(shown, text).map((fact) => html`<div class="quiet">${fact}</div>\n`)}
${attempt.briefing ? toldHtml(attempt.briefing, text) : null}
${turns.map((turn) => turnHtml(turn, shown, text))}
${approvals.filter(({ turn }) => !asked.has(turn)).map((approval) => approvalHtml(approval, text))}
${steerings.filter(({ turn }) => turn === null).map((steering) => saidHtml(steering, text))}
${attempt.summary === "" ? null : html`<h2>${text("summary")}</h2>${markdownHtml(attempt.summary)}`}
${proof && proofHtml(proof, text)}
</body>
</html>
`.text;
}

function factsOf({ case: subject, attempt, unit }: SessionRecord, text: Text): string[] {
  const { tier, provider, model, outcome, startedAt, usage, costMicros } = attempt;
  const tokens = (["uncached", "cached", "output", "reasoning"] as const).map((kind) =>
    text(`tokens-${kind}`, usage[`${kind}Tokens`].toLocaleString()),
  );
  return [
    [subject.target, subject.classification, text("tierOf", tier), `${provider} / ${model}`].join(" · "),
    `${text(`state-${outcome ?? "running"}`)} · ${new Date(startedAt).toISOString()}`,
    `${text("tokens")}: ${tokens.join(" · ")}`,
    ...(costMicros === undefined ? [] : [`${text("money")}: ${moneyText(costMicros, unit)}`]),
  ];
}

function toldHtml({ bytes, limit, sections }: Briefing, text: Text): Html {
  const lines = sections.map(
    (section) =>
      html`<li>${text(`briefing-${section.name}`)} <small>${partInWords(section, text)}</small></li>`,
  );
  return foldHtml(
    html`${text("briefing", bytes.toLocaleString(), limit.toLocaleString())}`,
    html`<ul>${lines}</ul>`,
  );
}

function turnHtml(turn: Turn, { steerings, approvals }: SessionRecord, text: Text): Html {
  const { number, at, durationMs, reasoning, calls } = turn;
  const told = steerings.filter((steering) => steering.turn === number);
  const asked = approvals.filter((approval) => approval.turn === number);
  const when = `${new Date(at).toISOString()} · ${durationText(durationMs)}`;
  return html`${told.map((steering) => saidHtml(steering, text))}
<h2>${text("turn", number)} <small>${when}</small></h2>
${reasoning === "" ? null : foldHtml(html`${text("reasoning")}`, html`<pre>${reasoning}</pre>`)}
${markdownHtml(turn.text)}
${asked.map((approval) => approvalHtml(approval, text))}
${calls.map((call) => callHtml(call, text))}
`;
}

function callHtml({ name, arguments: json, result, ok, durationMs }: ToolCall, text: Text): Html {
  const failed = ok ? null : html`<strong>${text("failed")}</strong> `;
  return foldHtml(
    html`<code>${name}</code> ${argumentLine(json)} ${failed}<small>${durationText(durationMs)}</small>`,
    html`<div class="quiet">${text("arguments")}</div>${argumentsHtml(json)}
<div class="quiet">${text("result")}</div><pre>${result}</pre>`,
  );
}

function argumentsHtml(json: string): Html {
  const given = readArguments(json)?.map(([key, value]) => `${key}: ${value}`) ?? [json];
  return html`<pre>${given.join("\n")}</pre>`;
}

/** A call that was left to a person, and the answer. */
function approvalHtml({ tool, arguments: json, state, who, text: said }: Approval, text: Text): Html {
  return html`<blockquote><div class="quiet">${text(approvalWords[state], who ?? "")}</div>
${foldHtml(html`<code>${tool}</code> ${argumentLine(json)}`, argumentsHtml(json))}${said}</blockquote>\n`;
}

function saidHtml({ who, mode, state, turn, text: said }: Steering, text: Text): Html {
  const waiting = text(mode === "steer" ? "waitingSteer" : "waitingQueue");
  const far =
    state === "delivered" ? text("told", turn ?? "?") : state === "waiting" ? waiting : text("dropped");
  return html`<blockquote><div class="quiet">${who} · ${far}</div>${said}</blockquote>\n`;
}

function proofHtml({ verdict, reason, flags, builder, environment, farKind }: Proof, text: Text): Html {
  const made = [text(`verdict-${verdict}`), builder, kindText(environment, farKind)].join(" · ");
  return html`<h2>${text("proof")} <small>${made}</small></h2>
<p>${reason}</p>
<ul>${flags.map((flag) => html`<li>${flag}</li>`)}</ul>`;
}

const foldHtml = (summary: Html, content: Html): Html =>
  html`<details><summary>${summary}</summary>${content}</details>\n`;

const markdownHtml = (text: string): Html[] => parseMarkdown(text).map(nodeHtml);

function nodeHtml(node: MarkdownNode): Html {
  if (typeof node === "string") return html`${node}`;
  const tag = new Html(node.tag);
  return node.tag === "br" || node.tag === "hr"
    ? html`<${tag}>`
    : html`<${tag}>${node.children.map(nodeHtml)}</${tag}>`;
}
