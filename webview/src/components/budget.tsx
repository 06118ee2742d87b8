import { elapsedText, moneyText } from "@portwright/server/sessionPage/text";
import type { ShownSession } from "../reducer.ts";
import { type BudgetShare, budgetShares, isRunning, usageOf } from "../state.ts";
import { useText } from "./strings.ts";
import { useNow } from "./useNow.ts";

/** What the attempt has used: each kind of token apart, money, and how much of each limit is gone. */
export function Spending({ session }: { session: ShownSession }) {
  const text = useText();
  const now = useNow(isRunning(session));
  const { attempt, unit } = session;
  const usage = usageOf(session);
  const shares = budgetShares(session, usage, now);
  const facts = (["uncached", "cached", "output", "reasoning"] as const)
    .filter((kind) => usage[`${kind}Tokens`] > 0)
    .map((kind) => text(`tokens-${kind}`, usage[`${kind}Tokens`].toLocaleString()));
  if (usage.estimated) facts.push(text("estimated"));
  return (
    <>
      <dl class="facts">
        <div>
          <dt>{text("tokens")}</dt>
          <dd>{facts.join(" · ") || text("none")}</dd>
        </div>
        {attempt.costMicros !== undefined && attempt.budget?.costMicros === undefined && (
          <div>
            <dt>{text("money")}</dt>
            <dd>{moneyText(attempt.costMicros, unit)}</dd>
          </div>
        )}
        {shares.length === 0 && (
          <div>
            <dt>{text("time")}</dt>
            <dd>{elapsedText(Math.max(0, (attempt.endedAt ?? now) - attempt.startedAt))}</dd>
          </div>
        )}
      </dl>
      {shares.length > 0 && (
        <div class="budget">
          {shares.map((share) => (
            <Meter key={share.key} share={share} unit={unit} />
          ))}
        </div>
      )}
    </>
  );
}

const names = {
  tokens: "tokens",
  turns: "turns",
  builds: "builds",
  wallMs: "time",
  costMicros: "money",
} as const;

function Meter({ share: { key, used, limit, level }, unit }: { share: BudgetShare; unit: string }) {
  const text = useText();
  const show = (amount: number): string => {
    if (key === "costMicros") return moneyText(amount, unit);
    return key === "wallMs" ? elapsedText(amount) : amount.toLocaleString();
  };
  const percent = Math.min(100, Math.round((used / limit) * 100));
  const name = text(names[key]);
  const value = text("usedOf", show(used), show(limit));
  return (
    <div class={`meter ${level}`}>
      <div class="label">
        <span>{name}</span>
        <span>{value}</span>
      </div>
      <meter
        aria-label={name}
        max={100}
        value={percent}
        aria-valuetext={text("usedPercent", value, percent)}
        style={{ "--share": `${percent}%` }}
      />
    </div>
  );
}
