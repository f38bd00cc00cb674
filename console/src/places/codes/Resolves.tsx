// What a phone or a program is given for a GS1 key: the links of the key itself, and those of what it is one of.

import { useQuery } from "@tanstack/react-query";
import { Drawer, Skeleton } from "antd";
import { useTranslation } from "react-i18next";

import { ErrorPanel } from "../../shared/ErrorPanel";
import { joined } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { Tag } from "../../shared/Tag";
import { resolved, termOf } from "./links";
import "./links.css";

interface Props {
  anchor: string;
  nameOf: (anchor: string) => string;
  typeText: (uri: string) => string;
  onClose: () => void;
}

const DEFAULTS = ["defaultLink", "defaultLinkMulti"];

export function Resolves({ anchor, nameOf, typeText, onClose }: Props) {
  const { t } = useTranslation();
  const asked = useQuery({ queryKey: ["resolved", anchor], queryFn: () => resolved(anchor), enabled: anchor !== "", retry: false });
  // The default is told beside its type as well: it is marked there.
  const defaults = new Set(asked.data?.filter(({ type }) => DEFAULTS.includes(termOf(type))).flatMap(({ links }) => links.map(({ href }) => href)));
  const types = asked.data?.filter(({ type }) => !DEFAULTS.includes(termOf(type))) ?? [];
  return (
    <Drawer open={anchor !== ""} onClose={onClose} title={t("links.resolves")} size={Math.min(560, window.innerWidth)}>
      <div className="stack">
        <p className="muted">{t("links.resolvesLead")}</p>
        <p><a className="links-target" href={anchor} target="_blank" rel="noreferrer">{location.origin}{anchor}</a></p>
        {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
        {asked.isLoading && <Skeleton active />}
        {asked.data && types.length === 0 && <Nothing title={t("links.resolvesNothing")} />}
        <ul className="links-resolved">
          {types.flatMap(({ anchor: about, type, links }) =>
            links.map(({ href, title, hreflang }) => (
              <li key={`${about} ${type} ${href}`}>
                <strong>{typeText(type)}</strong> {defaults.has(href) && <Tag tone="good">{t("links.default.default")}</Tag>}
                <div><a className="links-target" href={href} target="_blank" rel="noreferrer">{title}</a></div>
                <div className="muted small">
                  {about === anchor ? t("links.ofKey") : t("links.ofMore", { name: nameOf(about) })}
                  {hreflang && ` · ${joined(hreflang)}`}
                </div>
              </li>
            )),
          )}
        </ul>
      </div>
    </Drawer>
  );
}
