// Whether the session has ended while somebody was at work. The page stays as it is, with all that was typed, and they sign in
// again in front of it.

import { useSyncExternalStore } from "react";

let isOver = false;
const watching = new Set<() => void>();

export function setSessionOver(over: boolean) {
  if (isOver === over) return;
  isOver = over;
  for (const tell of watching) tell();
}

export function useSessionOver(): boolean {
  return useSyncExternalStore(
    (tell) => {
      watching.add(tell);
      return () => watching.delete(tell);
    },
    () => isOver,
  );
}
