import type { RefObject } from "preact";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** How near to its end a scrolled element has to be to be taken for following it. */
const nearPixels = 24;

export interface Following {
  readonly following: boolean;
  readonly onScroll: () => void;
  readonly setFollowing: (following: boolean) => void;
}

/**
 * Keeps the end of what grows in sight, until the person scrolls up; scrolling to the end takes it up again. His wheel is heard
 * before its scrolling is: what is drawn in between would carry him back.
 */
export function useFollowing(ref: RefObject<HTMLElement | null>, initially: boolean): Following {
  const [following, draw] = useState(initially);
  const wanted = useRef(initially);
  const lastTop = useRef(0);
  const setFollowing = useCallback((value: boolean) => {
    wanted.current = value;
    draw(value);
  }, []);
  useLayoutEffect(() => {
    if (wanted.current && ref.current) ref.current.scrollTop = ref.current.scrollHeight;
  });
  useEffect(() => {
    const { current } = ref;
    const onWheel = ({ deltaY }: WheelEvent): void => {
      if (deltaY < 0 && current && current.scrollTop > 0) setFollowing(false);
    };
    current?.addEventListener("wheel", onWheel, { passive: true });
    return () => current?.removeEventListener("wheel", onWheel);
  }, [ref, setFollowing]);
  const onScroll = useCallback(() => {
    const { current } = ref;
    if (!current) return;
    const { scrollTop, scrollHeight, clientHeight } = current;
    const isUp = scrollTop < lastTop.current;
    lastTop.current = scrollTop;
    const isNear = scrollHeight - scrollTop - clientHeight < nearPixels;
    // What grows below without being scrolled is no wish to stop, and what gets shorter none to go up.
    if (isNear && !isUp) setFollowing(true);
    else if (isUp && !isNear) setFollowing(false);
  }, [ref, setFollowing]);
  return { following, onScroll, setFollowing };
}
