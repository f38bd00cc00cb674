// Who did something. Owners see names of users and keys; everybody else sees ids, and "me" as their own name.

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useMay } from "../api/permissions";
import { apiKeysQuery, meQuery, usersQuery } from "../api/queries";
import { Id } from "./format";

/** Names by id. Ids that profiles give as sources are in small letters. */
export function useNames(): (id: string) => string | undefined {
  const may = useMay();
  const me = useQuery(meQuery);
  const users = useQuery({ ...usersQuery, enabled: may("GET /users") });
  const keys = useQuery({ ...apiKeysQuery, enabled: may("GET /api-keys") });
  return (id) => {
    const wanted = id.toLowerCase();
    const same = (one: { id: string } | null | undefined) => one?.id.toLowerCase() === wanted;
    if (same(me.data?.user)) return me.data?.user?.name;
    return (users.data?.find(same) ?? keys.data?.find(same))?.name;
  };
}

export function Actor({ id }: { id: string }) {
  const { t } = useTranslation();
  const name = useNames()(id);
  if (id === "operator") return <>{t("common.operator")}</>;
  if (id === "nobody") return <>{t("common.nobody")}</>;
  return name ? <span title={id}>{name}</span> : <Id value={id} bare />;
}
