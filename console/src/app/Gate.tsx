// The frame around what is seen before one is signed in.

import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { LanguageTheme } from "./LanguageTheme";
import { Mark } from "./Mark";
import "./shell.css";

export function Gate({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className="gate">
      <title>{`${title} · ${t("app.name")}`}</title>
      <header className="gate-head">
        <LanguageTheme />
      </header>
      <main className="gate-box">
        <div className="gate-brand">
          <Mark size={32} />
          <span>
            {t("app.name")} <span className="muted">{t("app.console")}</span>
          </span>
        </div>
        <div className="gate-card">
          <h1>{title}</h1>
          <p className="lead">{lead}</p>
          {children}
        </div>
      </main>
    </div>
  );
}
