import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api/client";
import { number, percent } from "../../shared/format";
import { OrganisationLink } from "../../shared/Organisation";
import { Tag } from "../../shared/Tag";
import "../codes/trace.css";

const SHOWN = 10;

/** Who has how many of some items, the most first. */
export function HoldersList({ holders, items }: { holders: Schemas["RecallHolder"][]; items: number }) {
  const { t } = useTranslation();
  const [isWhole, setWhole] = useState(false);
  return (
    <>
      <ul>
        {holders.slice(0, isWhole ? undefined : SHOWN).map(({ organisation, gone, items: held }) => (
          <li key={`${organisation ?? ""} ${gone ?? ""}`} className="holder">
            <span>{organisation ? <OrganisationLink id={organisation} /> : t("holders.brand")}{gone && <> <Tag>{t(`holders.gone.${gone}`)}</Tag></>}</span>
            <span className="num">{t("holders.items", { number: number(held) })}</span>
            <span className="num muted">{percent(held, items)}</span>
            <span className="budget-bar" aria-hidden>
              <span style={{ width: percent(held, items) }} />
            </span>
          </li>
        ))}
      </ul>
      {!isWhole && holders.length > SHOWN && (
        <Button type="link" className="cell-link" onClick={() => setWhole(true)}>
          {t("holders.all", { count: holders.length })}
        </Button>
      )}
    </>
  );
}
