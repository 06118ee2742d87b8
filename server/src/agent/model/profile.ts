/** What an endpoint takes and wants; found by name, corrected by what it refuses. */
export interface CapabilityProfile {
  readonly tokenLimit: "max_tokens" | "max_completion_tokens";
  /** Whether earlier reasoning goes back: on every assistant turn (`""` where absent), where there was some, or never. */
  readonly reasoning: "always" | "present" | "never";
  /** Field it goes back in; null for the field it came in. */
  readonly reasoningField: string | null;
  /** Takes `stream_options.include_usage`. */
  readonly streamUsage: boolean;
  /** Takes back fields of its own on messages and calls. */
  readonly extras: boolean;
}

const common: CapabilityProfile = {
  tokenLimit: "max_tokens",
  reasoning: "present",
  reasoningField: null,
  streamUsage: true,
  extras: true,
};

/** First match of host and model wins. */
const known: readonly { match: RegExp; profile: Partial<CapabilityProfile> }[] = [
  { match: /^openrouter\.ai /, profile: { reasoningField: "reasoning" } },
  {
    match: /^api\.openai\.com /,
    profile: { tokenLimit: "max_completion_tokens", reasoning: "never", extras: false },
  },
  { match: /^api\.(mistral\.ai|groq\.com) /, profile: { reasoning: "never", extras: false } },
  { match: /^api\.cerebras\.ai /, profile: { reasoningField: "reasoning" } },
  { match: /deepseek/i, profile: { reasoning: "always", reasoningField: "reasoning_content" } },
];

export function profileFor(baseURL: string, model: string): CapabilityProfile {
  const subject = `${new URL(baseURL).hostname} ${model}`;
  return { ...common, ...known.find((row) => row.match.test(subject))?.profile };
}

/** Parts of a request that an endpoint may refuse by name. */
export interface SentParts {
  /** Reasoning fields that messages carried. */
  reasoningFields: readonly string[];
  /** Fields of the endpoint's own that messages and calls carried. */
  extraFields: readonly string[];
}

/**
 * The profile that avoids what a 4xx complained of; null when it names nothing that we could send otherwise. Each
 * change is made at most once, as its condition no longer holds afterwards.
 */
export function learn(
  profile: CapabilityProfile,
  sent: SentParts,
  complaint: string,
): CapabilityProfile | null {
  const wanted = /\b(reasoning_content|reasoning_text|reasoning)\b/.exec(complaint)?.[1];
  if (
    wanted !== undefined &&
    /must be (passed|sent|included)|is required|missing|passed back/i.test(complaint)
  ) {
    if (profile.reasoning === "always" && profile.reasoningField === wanted) return null;
    return { ...profile, reasoning: "always", reasoningField: wanted };
  }
  if (profile.reasoning !== "never" && sent.reasoningFields.some((field) => complaint.includes(field))) {
    return { ...profile, reasoning: "never" };
  }
  if (complaint.includes(profile.tokenLimit)) {
    const other = profile.tokenLimit === "max_tokens" ? "max_completion_tokens" : "max_tokens";
    const switched = /unsupported|not supported|unrecognized|unknown|extra|not permitted|use '?max_/i;
    if (switched.test(complaint)) return { ...profile, tokenLimit: other };
  }
  if (profile.streamUsage && /stream_options|include_usage/.test(complaint)) {
    return { ...profile, streamUsage: false };
  }
  if (profile.extras && sent.extraFields.some((field) => complaint.includes(field))) {
    return { ...profile, extras: false };
  }
  return null;
}
