import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { useMay } from "../../api/permissions";
import { batchesQuery } from "../../api/queries";

/** A batch by its lot, which leads to its page. */
export function Lot({ batch }: { batch: string }) {
  const may = useMay();
  const { data } = useQuery({ ...batchesQuery, enabled: may("GET /batches") });
  const lot = data?.find(({ id }) => id === batch)?.lot ?? batch;
  return may("GET /batches/{id}") ? <Link to={`/codes/batches/${batch}`}>{lot}</Link> : <>{lot}</>;
}
