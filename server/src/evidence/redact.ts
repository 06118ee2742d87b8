const MARK = "[redacted]";

/** What gives a secret away, each with what is left of it. Patterns are linear and need no look at other lines. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\b([a-z][a-z\d+.-]{1,20}:\/\/[^\s/:@'"]{0,100}):[^\s/@'"]{1,200}@/gi, `$1:${MARK}@`],
  [/\b([a-z][a-z\d+.-]{1,20}:\/\/)[^\s/:@'"]{16,200}@/gi, `$1${MARK}@`],
  [/\b(?:gh[pousr]_[A-Za-z\d]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,64})/g, MARK],
  [/\b(?:sk|rk|pk)-[A-Za-z\d_-]{16,200}/g, MARK],
  [/\b(?:AKIA|ASIA)[A-Z\d]{16}\b/g, MARK],
  [/\bxox[abeoprs]-[\w-]{10,200}/g, MARK],
  [/\bAIza[\w-]{35}/g, MARK],
  [/\beyJ[\w-]{8,2000}\.[\w-]{8,4000}\.[\w-]{0,2000}/g, MARK],
  [/\b((?:Proxy-)?Authorization\s*[:=]\s*(?:Bearer|Basic|Token|Digest)?\s*)[^\s'",;]{4,2000}/gi, `$1${MARK}`],
  [/\b(Bearer\s+)[\w.~+/-]{12,2000}=*/g, `$1${MARK}`],
  [
    /([A-Za-z\d_-]{0,60}(?:passw(?:or)?d|passphrase|secret|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?token|access[_-]?token|[_-]token)["']?\s*[=:]\s*["']?)(?!["'\s$({<]|\[redacted\])[^\s"'&;,]{4,400}/gi,
    `$1${MARK}`,
  ],
  [/([?&](?:key|token|sig|signature|auth|password|secret|access_token)=)[^\s&'"#]{4,500}/gi, `$1${MARK}`],
  [
    /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]{0,20000}?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
    `-----BEGIN PRIVATE KEY----- ${MARK}`,
  ],
];

/** Keys, tokens and passwords replaced by `[redacted]`; everything else is left byte for byte. */
export function redact(text: string): string {
  let out = text;
  for (const [pattern, replacement] of SECRETS) out = out.replace(pattern, replacement);
  return out;
}
