import { App, Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Facts, Section } from "../../shared/Page";

interface Props {
  title: string;
  /** What is set; nothing where nothing is. */
  facts: [ReactNode, ReactNode][] | null;
  extra?: ReactNode;
  onEdit: () => void;
  onRemove: () => void;
  children?: ReactNode;
}

/** A service that the brand is connected to: what is set, and how to change it. */
export function ProviderCard({ title, facts, extra, onEdit, onRemove, children }: Props) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const remove = () => void modal.confirm({ title: t("providers.removeTitle"), okText: t("providers.remove"), okButtonProps: { danger: true }, onOk: onRemove });
  return (
    <Section title={title}>
      <div className="stack">
        {facts ? <Facts items={facts} /> : <span className="muted">{t("providers.notSet")}</span>}
        <div className="row">
          <Button onClick={onEdit} aria-label={`${facts ? t("providers.change") : t("providers.set")} ${title}`}>
            {facts ? t("providers.change") : t("providers.set")}
          </Button>
          {facts && extra}
          {facts && (
            <Button danger onClick={remove} aria-label={`${t("providers.remove")} ${title}`}>
              {t("providers.remove")}
            </Button>
          )}
        </div>
        {children}
      </div>
    </Section>
  );
}
