import { queryOptions } from "@tanstack/react-query";

import { answer, api } from "../../../api/client";

export const personQuery = (id: string) =>
  queryOptions({
    queryKey: ["person", id],
    queryFn: () => answer(api.GET("/v1/people/{id}", { params: { path: { id } } })),
  });

export const identityQuery = (id: string) =>
  queryOptions({
    queryKey: ["person", id, "identity"],
    queryFn: () => answer(api.GET("/v1/people/{id}/identity", { params: { path: { id } } })),
  });

export const textsQuery = queryOptions({
  queryKey: ["consent-texts"],
  queryFn: () => answer(api.GET("/v1/consent-texts")),
});
