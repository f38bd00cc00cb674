import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

interface Props {
  title: ReactNode;
  /** Of the browser's tab, where the title is more than a text. */
  name?: string;
  lead?: ReactNode;
  actions?: ReactNode;
  /** Where this page hangs: path and text. */
  up?: [string, string];
  children: ReactNode;
}

/** A page of a place: its one h1, what can be done with the whole of it, and its parts. */
export function Page({ title, name, lead, actions, up, children }: Props) {
  const { t } = useTranslation();
  const text = name ?? (typeof title === "string" ? title : "");
  return (
    <div className="page">
      <title>{`${text} · ${t("app.name")}`}</title>
      {up && (
        <div className="crumbs">
          <Link to={up[0]}>← {up[1]}</Link>
        </div>
      )}
      <div className="page-head">
        <div>
          <h1>{title}</h1>
          {lead && <div className="page-lead">{lead}</div>}
        </div>
        {actions && <div className="row">{actions}</div>}
      </div>
      <div className="stack">{children}</div>
    </div>
  );
}

interface SectionProps {
  title?: ReactNode;
  extra?: ReactNode;
  hint?: ReactNode;
  flush?: boolean;
  children: ReactNode;
}

/** A part of a page, with a line around it. `flush`: its content reaches the line, as tables do. */
export function Section({ title, extra, hint, flush = false, children }: SectionProps) {
  return (
    <section className="section">
      {(title || extra) && (
        <div className="section-head">
          <div>
            {title && <h2>{title}</h2>}
            {hint && <p className="muted small">{hint}</p>}
          </div>
          {extra && <div className="row">{extra}</div>}
        </div>
      )}
      <div className={flush ? "section-flush" : "section-body"}>{children}</div>
    </section>
  );
}

/** Names and their values, side by side. */
export function Facts({ items }: { items: [ReactNode, ReactNode][] }) {
  return (
    <dl className="facts">
      {items.map(([name, value], at) => (
        <div key={at}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
