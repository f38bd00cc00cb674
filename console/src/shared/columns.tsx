// Which columns a list shows: chosen by whoever looks at it, kept in this browser.

import { Checkbox } from "antd";
import type { ReactNode } from "react";
import { useState } from "react";

export interface Column<T> {
  key: string;
  title: string;
  show: (row: T) => ReactNode;
  /** What filters, sorting and files take: a plain value. */
  plain?: (row: T) => string | number;
  /** The columns of the server's file that hold the same. */
  file?: string[];
  /** Numbers stand at the right. */
  number?: boolean;
  /** Left out until somebody chooses it. */
  spare?: boolean;
  width?: number;
}

export function useColumns<T>(name: string, columns: Column<T>[]): [string[], (hidden: string[]) => void] {
  const stored = `tallymark.columns.${name}`;
  const [hidden, setHidden] = useState<string[]>(() => {
    const kept = localStorage.getItem(stored);
    return kept === null ? columns.filter(({ spare }) => spare).map(({ key }) => key) : (JSON.parse(kept) as string[]);
  });
  return [
    hidden,
    (chosen) => {
      localStorage.setItem(stored, JSON.stringify(chosen));
      setHidden(chosen);
    },
  ];
}

interface MenuProps<T> {
  columns: Column<T>[];
  hidden: string[];
  setHidden: (hidden: string[]) => void;
}

export function ColumnMenu<T>({ columns, hidden, setHidden }: MenuProps<T>) {
  return (
    <div className="columns-menu">
      {columns.map(({ key, title }, at) => (
        <Checkbox
          key={key}
          disabled={at === 0}
          checked={!hidden.includes(key)}
          onChange={({ target }) => setHidden(target.checked ? hidden.filter((one) => one !== key) : [...hidden, key])}
        >
          {title}
        </Checkbox>
      ))}
    </div>
  );
}
