// Server-sent events of the API (WHATWG HTML, "Server-sent events"). Whoever watches asks by themselves while there is no stream:
// a proxy may not pass it on, or the server has enough of them. A page in the background gives its stream back: over HTTP/1.1
// a browser has six connections to a server.

import { useEffect, useEffectEvent, useState } from "react";

/** `trying`: not known yet, or nobody looks. */
export type StreamState = "trying" | "open" | "broken";

/** After a refusal a browser does not come back by itself. */
const AGAIN_MS = 20_000;

/** Takes the events of one name, each as JSON. */
export function useStream<T>(path: string, name: string, wanted: boolean, take: (said: T) => void): StreamState {
  const [state, setState] = useState<StreamState>("trying");
  const onSaid = useEffectEvent(take);
  useEffect(() => {
    if (!wanted) return;
    let source: EventSource | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    const close = () => {
      clearTimeout(again);
      source?.close();
      source = undefined;
      setState("trying");
    };
    const open = () => {
      const opened = new EventSource(path);
      source = opened;
      opened.addEventListener("open", () => setState("open"));
      opened.addEventListener(name, ({ data }) => onSaid(JSON.parse(data as string) as T));
      opened.addEventListener("error", () => {
        setState("broken");
        if (opened.readyState === EventSource.CLOSED) again = setTimeout(open, AGAIN_MS);
      });
    };
    const onSight = () => {
      close();
      if (!document.hidden) open();
    };
    onSight();
    document.addEventListener("visibilitychange", onSight);
    return () => {
      document.removeEventListener("visibilitychange", onSight);
      close();
    };
  }, [path, name, wanted]);
  return state;
}
