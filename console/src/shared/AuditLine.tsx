import type { ReactNode } from "react";

import { Time } from "./format";

interface Props {
  at: string;
  what: ReactNode;
  by: ReactNode;
  why?: ReactNode;
  extra?: ReactNode;
}

/** Something that was done: what, why, when, by whom. */
export function AuditLine({ at, what, by, why, extra }: Props) {
  return (
    <div className="audit-line">
      <div className="audit-what">
        <span>{what}</span>
        {why && <q className="audit-why">{why}</q>}
      </div>
      <div className="audit-meta">
        <span>{by}</span>
        <Time at={at} />
        {extra}
      </div>
    </div>
  );
}
