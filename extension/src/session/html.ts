import { html } from "@portwright/server/sessionPage/markup";

interface PageOptions {
  /** Value of the attribute `lang`. */
  language: string;
  cspSource: string;
  nonce: string;
  scriptUri: string;
  styleUri: string;
  /** Texts by key; the page carries them as an attribute. */
  strings: Readonly<Record<string, string>>;
}

/** The session view's page: one script, one style, and nothing else may be loaded or run. */
export function sessionHtml({
  language,
  cspSource,
  nonce,
  scriptUri,
  styleUri,
  strings,
}: PageOptions): string {
  const policy = `default-src 'none'; style-src ${cspSource}; script-src 'nonce-${nonce}'`;
  return html`<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="${styleUri}">
</head>
<body data-strings="${JSON.stringify(strings)}">
<div id="root"></div>
<script nonce="${nonce}" src="${scriptUri}"></script>
</body>
</html>
`.text;
}
