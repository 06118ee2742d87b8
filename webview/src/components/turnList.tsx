import type { Approval, Steering, Turn } from "@portwright/server/protocol";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useText } from "./strings.ts";
import { TurnCard } from "./turnCard.tsx";
import { type TurnWindow, useTurnWindow } from "./useTurnWindow.ts";

interface TurnListProps {
  scroller: RefObject<HTMLElement | null>;
  turns: readonly Turn[];
  steerings: readonly Steering[];
  approvals: readonly Approval[];
  /** Whether more turns come. */
  busy: boolean;
  /** Where to begin; null for the end. */
  start: { turn: number; pixels: number } | null;
  onMove: (top: { turn: number; pixels: number }) => void;
  /** The person has gone into a turn. */
  onEnter: () => void;
}

/** A feed (WAI-ARIA): only the turns in sight are drawn; Page Up and Page Down go from turn to turn. */
export function TurnList({ scroller, turns, busy, start, onMove, onEnter, ...said }: TurnListProps) {
  const text = useText();
  const list = useRef<HTMLDivElement>(null);
  const window = useTurnWindow({ scroller, list, turns, start, onMove });
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "PageDown" ? 1 : event.key === "PageUp" ? -1 : 0;
    const article = (event.target as HTMLElement).closest<HTMLElement>("article.turn");
    if (step === 0 || !article) return;
    const next = Number(article.dataset.index) + step;
    if (next < 0 || next >= turns.length) return;
    event.preventDefault();
    window.focus(next);
  };
  return (
    <div
      ref={list}
      role="feed"
      aria-busy={busy}
      aria-label={text("turns")}
      onKeyDown={onKeyDown}
      onFocusIn={(event) => {
        window.onFocusIn(event);
        onEnter();
      }}
      onFocusOut={window.onFocusOut}
    >
      {window.pieces.flatMap(({ index, gap }) => {
        const turn = turns[index];
        if (!turn) return [];
        return [
          gap > 0 && <div key={`gap-${turn.number}`} style={{ height: `${gap}px` }} />,
          <Article
            key={turn.number}
            turn={turn}
            index={index}
            count={turns.length}
            window={window}
            {...said}
          />,
        ];
      })}
      {window.rest > 0 && <div key="rest" style={{ height: `${window.rest}px` }} />}
    </div>
  );
}

interface ArticleProps {
  turn: Turn;
  index: number;
  count: number;
  window: TurnWindow;
  steerings: readonly Steering[];
  approvals: readonly Approval[];
}

function Article({ turn, index, count, window, steerings, approvals }: ArticleProps) {
  const article = useRef<HTMLElement>(null);
  useLayoutEffect(() => (article.current ? window.watch(article.current) : undefined), [window.watch]);
  return (
    <article
      ref={article}
      class="turn"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an article of a feed takes the focus.
      tabIndex={0}
      data-index={index}
      data-turn={turn.number}
      aria-labelledby={`turn-${turn.number}`}
      aria-posinset={index + 1}
      aria-setsize={count}
    >
      <TurnCard
        turn={turn}
        told={steerings.filter((steering) => steering.turn === turn.number)}
        answers={approvals.filter((approval) => approval.turn === turn.number)}
      />
    </article>
  );
}
