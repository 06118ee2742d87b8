import type { Turn } from "@portwright/server/protocol";
import type { RefObject } from "preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { estimateHeight, indexAt, offsetsOf, type Piece, piecesOf } from "../windowing.ts";

export interface TurnPlace {
  turn: number;
  /** Of the turn, above the view. */
  pixels: number;
}

interface TurnWindowOptions {
  scroller: RefObject<HTMLElement | null>;
  list: RefObject<HTMLElement | null>;
  turns: readonly Turn[];
  /** Where to begin; null leaves the scroller where it is. */
  start: TurnPlace | null;
  onMove: (top: TurnPlace) => void;
}

export interface TurnWindow {
  readonly pieces: readonly Piece[];
  readonly rest: number;
  /** Measures a drawn turn as long as it is drawn. */
  readonly watch: (article: HTMLElement) => () => void;
  /** Draws the turn, wherever it is, and gives it the focus. */
  readonly focus: (index: number) => void;
  readonly onFocusIn: (event: FocusEvent) => void;
  readonly onFocusOut: () => void;
}

/** Decides which turns are drawn. What is drawn is measured; the browser's own scroll anchoring keeps it in place. */
export function useTurnWindow({ scroller, list, turns, start, onMove }: TurnWindowOptions): TurnWindow {
  const heights = useRef(new Map<number, number>());
  const [measured, setMeasured] = useState(0);
  const [view, setView] = useState({ top: 0, bottom: 1000 });
  const [focused, setFocused] = useState(-1);
  const goal = useRef(start);
  const wanted = useRef(-1);

  const offsets = useMemo(
    () => offsetsOf(turns.map((turn) => heights.current.get(turn.number) ?? estimateHeight(turn))),
    [turns, measured],
  );
  const goalIndex = goal.current ? turns.findIndex(({ number }) => number === goal.current?.turn) : -1;
  const { pieces, rest } = piecesOf(offsets, view.top, view.bottom, [focused, goalIndex]);

  const observer = useMemo(
    () =>
      new ResizeObserver((entries) => {
        for (const { target, borderBoxSize } of entries) {
          const turn = Number((target as HTMLElement).dataset.turn);
          heights.current.set(turn, borderBoxSize[0]?.blockSize ?? 0);
        }
        setMeasured((count) => count + 1);
      }),
    [],
  );
  useEffect(() => () => observer.disconnect(), [observer]);
  const watch = useCallback(
    (article: HTMLElement) => {
      observer.observe(article);
      return () => observer.unobserve(article);
    },
    [observer],
  );

  const look = useCallback(() => {
    if (!scroller.current || !list.current) return;
    const top = scroller.current.getBoundingClientRect().top - list.current.getBoundingClientRect().top;
    const bottom = top + scroller.current.clientHeight;
    setView((before) => (before.top === top && before.bottom === bottom ? before : { top, bottom }));
  }, [scroller, list]);
  useEffect(() => {
    const element = scroller.current;
    const forget = (): void => {
      goal.current = null;
    };
    const inputs = ["wheel", "pointerdown", "keydown"] as const;
    element?.addEventListener("scroll", look, { passive: true });
    for (const input of inputs) element?.addEventListener(input, forget, { passive: true });
    const resizes = new ResizeObserver(look);
    if (element) resizes.observe(element);
    return () => {
      element?.removeEventListener("scroll", look);
      for (const input of inputs) element?.removeEventListener(input, forget);
      resizes.disconnect();
    };
  }, [look, scroller]);

  useLayoutEffect(() => {
    // Until the person moves, what is measured above the place to begin at must not push it away.
    if (goal.current && goalIndex >= 0) {
      const article = list.current?.querySelector(`[data-index="${goalIndex}"]`);
      if (article && scroller.current) {
        const above = scroller.current.getBoundingClientRect().top - article.getBoundingClientRect().top;
        scroller.current.scrollTop += goal.current.pixels - above;
      }
    }
    look();
  });
  useLayoutEffect(() => {
    if (wanted.current !== focused || focused < 0) return;
    wanted.current = -1;
    list.current?.querySelector<HTMLElement>(`[data-index="${focused}"]`)?.focus();
  });

  const topIndex = indexAt(offsets, view.top);
  const turn = turns[topIndex]?.number;
  const pixels = Math.round(view.top - (offsets[topIndex] ?? 0));
  useEffect(() => {
    if (turn !== undefined && !goal.current) onMove({ turn, pixels });
  }, [turn, pixels]);

  return {
    pieces,
    rest,
    watch,
    focus: (index) => {
      wanted.current = index;
      setFocused(index);
    },
    onFocusIn: ({ target }) => {
      const article = (target as HTMLElement).closest<HTMLElement>("article.turn");
      if (article) setFocused(Number(article.dataset.index));
    },
    onFocusOut: () => setFocused(-1),
  };
}
