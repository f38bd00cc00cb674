import { useQueries } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";

import { useMay } from "../../../api/permissions";
import { balanceQuery } from "../../../api/queries";
import { Money, Points } from "../../../shared/format";
import { Section } from "../../../shared/Page";
import type { Whole } from "./Person";

/** The accounts whose money and points make the person's. Their sum is what the head of the page shows. */
export function Wallets({ person }: { person: Whole }) {
  const { t } = useTranslation();
  const may = useMay();
  const owns = person.cny_fen !== 0 || person.points !== 0;
  const accounts = person.identifiers;
  const enabled = owns && may("GET /balances");
  const money = useQueries({ queries: accounts.map(({ account }) => ({ ...balanceQuery(account, "wallet", "CNY"), enabled })) });
  const points = useQueries({ queries: accounts.map(({ account }) => ({ ...balanceQuery(account, "wallet", "points"), enabled })) });
  if (!enabled) return null;
  const isLoading = [...money, ...points].some((asked) => asked.isPending);
  return (
    <Section title={<span id="wallets">{t("person.wallets")}</span>} hint={t("person.walletsHint")}>
      {isLoading ? (
        <Skeleton active paragraph={{ rows: 2 }} title={false} />
      ) : (
        <ul className="wallets">
          {accounts.map(({ account, kind, value }, at) => {
            const fen = money[at]?.data?.available ?? 0;
            const count = points[at]?.data?.available ?? 0;
            if (fen === 0 && count === 0) return null;
            return (
              <li key={account}>
                <span>
                  {t(`idKind.${kind}`)} <span className="muted">{value ?? account}</span>
                </span>
                <span className="row">
                  {fen !== 0 && <Money fen={fen} />}
                  {count !== 0 && <Points points={count} />}
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </Section>
  );
}
