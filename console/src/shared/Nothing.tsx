import { InboxOutlined } from "@ant-design/icons";
import type { ReactNode } from "react";

/** An empty place, which says what to do next. */
export function Nothing({ title, hint, action }: { title: string; hint?: ReactNode; action?: ReactNode }) {
  return (
    <div className="nothing">
      <InboxOutlined aria-hidden className="nothing-icon" />
      <p className="nothing-title">{title}</p>
      {hint && <div className="muted">{hint}</div>}
      {action && <div>{action}</div>}
    </div>
  );
}
