import { createContext, use, useEffect, useMemo, useState, type ReactNode } from "react";

import { storeAppearance, storedAppearance, type Appearance } from "./theme";

interface Chosen {
  appearance: Appearance;
  dark: boolean;
  choose: (appearance: Appearance) => void;
}

const Context = createContext<Chosen>({ appearance: "system", dark: false, choose: () => undefined });

export const useAppearance = () => use(Context);

const system = matchMedia("(prefers-color-scheme: dark)");

export function AppearanceProvider({ children }: { children: ReactNode }) {
  const [appearance, setAppearance] = useState(storedAppearance);
  const [systemDark, setSystemDark] = useState(system.matches);
  useEffect(() => {
    const onChange = (event: MediaQueryListEvent) => setSystemDark(event.matches);
    system.addEventListener("change", onChange);
    return () => system.removeEventListener("change", onChange);
  }, []);
  const dark = appearance === "system" ? systemDark : appearance === "dark";
  useEffect(() => {
    document.documentElement.dataset.theme = dark ? "dark" : "light";
  }, [dark]);
  const chosen = useMemo(
    () => ({
      appearance,
      dark,
      choose: (wanted: Appearance) => {
        storeAppearance(wanted);
        setAppearance(wanted);
      },
    }),
    [appearance, dark],
  );
  return <Context value={chosen}>{children}</Context>;
}
