import type { RefObject } from "preact";
import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";

/** How near to its end a scrolled element has to be to be taken for following it. */
const nearPixels = 24;

export interface Following {
  readonly following: boolean;
  readonly onScroll: () => void;
  readonly setFollowing: (following: boolean) => void;
}

/** Keeps the end of what grows in sight, until the person scrolls up; scrolling to the end takes it up again. */
export function useFollowing(ref: RefObject<HTMLElement | null>, initially: boolean): Following {
  const [following, setFollowing] = useState(initially);
  const lastTop = useRef(0);
  useLayoutEffect(() => {
    if (following && ref.current) ref.current.scrollTop = ref.current.scrollHeight;
  });
  const onScroll = useCallback(() => {
    const { current } = ref;
    if (!current) return;
    const { scrollTop, scrollHeight, clientHeight } = current;
    const isUp = scrollTop < lastTop.current;
    lastTop.current = scrollTop;
    const isNear = scrollHeight - scrollTop - clientHeight < nearPixels;
    // What grows below without being scrolled is no wish to stop.
    if (isNear) setFollowing(true);
    else if (isUp) setFollowing(false);
  }, [ref]);
  return { following, onScroll, setFollowing };
}
