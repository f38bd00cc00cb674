import { queryOptions, useQuery } from "@tanstack/react-query";

import { wordText } from "../../app/i18n";

/** Names of provinces, cities and counties, fetched when the first of them is shown. */
export const adcodesQuery = queryOptions({
  queryKey: ["adcodes"],
  queryFn: async () => (await import("../../api/made/adcodes.json")).default as Record<string, string>,
  staleTime: Infinity,
});

export function usePlaceName(): (adcode: string) => string {
  const { data } = useQuery(adcodesQuery);
  return (adcode) => {
    const province = wordText("province", `${adcode.slice(0, 2)}0000`);
    if (adcode.endsWith("0000")) return province;
    const name = data?.[adcode];
    // Of a city that is a province, the second level has no name of its own.
    return !name || name === "市辖区" || name === "县" ? province : name;
  };
}
