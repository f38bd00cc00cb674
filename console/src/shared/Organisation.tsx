// Organisations by the names that the caller may see.

import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { useMay } from "../api/permissions";
import { organisationsQuery } from "../api/queries";
import { Id } from "./format";

export function useOrganisationName(): (id: string) => string | undefined {
  const may = useMay();
  const { data } = useQuery({ ...organisationsQuery, enabled: may("GET /organisations") });
  return (id) => data?.find((one) => one.id === id)?.name;
}

export function OrganisationLink({ id }: { id: string }) {
  const name = useOrganisationName()(id);
  const { isLoading } = useQuery({ ...organisationsQuery, enabled: false });
  if (name) return <Link to={`/channel/organisations?organisation=${id}`}>{name}</Link>;
  return isLoading ? <span className="muted">…</span> : <Id value={id} />;
}
