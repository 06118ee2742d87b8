import { redact as redactSecrets } from "../evidence/redact.ts";
import type { Diagnosis, Finding } from "../protocol/index.ts";

/** A diagnosis whose text from the log is fit to be kept and shown; what is no secret stays byte for byte. */
export function redactedDiagnosis(
  diagnosis: Diagnosis,
  redact: (text: string) => string = redactSecrets,
): Diagnosis {
  const quoted = (finding: Finding): Finding => ({
    ...finding,
    text: redact(finding.text),
    captures: Object.fromEntries(
      Object.entries(finding.captures).map(([name, value]) => [name, redact(value)]),
    ),
  });
  const { reason, cause, findings, signature, extract } = diagnosis;
  return {
    ...diagnosis,
    reason: redact(reason),
    cause: cause && quoted(cause),
    findings: findings.map(quoted),
    signature: { ...signature, key: redact(signature.key) },
    extract: redact(extract),
  };
}
