// Tabs by the pattern of WAI-ARIA: arrows move, one tab stop for all. antd's own hide what does not fit behind a button
// that may not stand in a tab list; these scroll.

import type { KeyboardEvent, ReactNode } from "react";

interface Tab {
  key: string;
  label: string;
  children: ReactNode;
}

interface Props {
  label: string;
  tabs: Tab[];
  active: string;
  onChange: (key: string) => void;
}

export function TabLine({ label, tabs, active, onChange }: Props) {
  const shown = tabs.find(({ key }) => key === active) ?? tabs[0]!;
  const onKey = (event: KeyboardEvent<HTMLDivElement>) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    const next = tabs[(tabs.indexOf(shown) + by + tabs.length) % tabs.length]!;
    onChange(next.key);
    document.getElementById(`tab-${next.key}`)?.focus();
  };
  return (
    <div className="stack">
      <div className="tab-line" role="tablist" aria-label={label} onKeyDown={onKey}>
        {tabs.map(({ key, label: text }) => (
          <button
            key={key} id={`tab-${key}`} type="button" role="tab" aria-selected={key === shown.key}
            tabIndex={key === shown.key ? 0 : -1} onClick={() => onChange(key)}
          >
            {text}
          </button>
        ))}
      </div>
      <div role="tabpanel" aria-labelledby={`tab-${shown.key}`}>
        {shown.children}
      </div>
    </div>
  );
}
