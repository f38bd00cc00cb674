import { StyleProvider } from "@ant-design/cssinjs";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { App as AntApp, ConfigProvider } from "antd";
import dayjs from "dayjs";
import "dayjs/locale/zh-cn";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { RouterProvider } from "react-router";

import { setCsrf } from "../api/client";
import { ApiError } from "../api/errors";
import { meQuery } from "../api/queries";
import { AppearanceProvider, useAppearance } from "./appearance";
import { antdLocale } from "./i18n";
import { nonce } from "./nonce";
import { router } from "./router";
import { setSessionOver } from "./session";
import { themeOf } from "./theme";

const csp = nonce === undefined ? undefined : { nonce };

const RETRIES_MAX = 2;
const BASE = "/console";

/** The session has ended: who is at work signs in in front of their page; who just came, on a page of its own, and comes back. */
function onRefused(error: unknown) {
  if (!(error instanceof ApiError) || error.status !== 401) return;
  const { pathname: whole, search } = router.state.location;
  // The router tells where it stands with the path that it is served under, and is told without.
  const pathname = whole.startsWith(BASE) ? whole.slice(BASE.length) || "/" : whole;
  if (pathname === "/sign-in" || pathname === "/password") return;
  if (queries.getQueryData(meQuery.queryKey)) return setSessionOver(true);
  setCsrf(null);
  queries.removeQueries({ queryKey: ["me"] });
  void router.navigate("/sign-in", { state: { back: pathname + search, ended: true } });
}

const queries = new QueryClient({
  queryCache: new QueryCache({ onError: onRefused }),
  mutationCache: new MutationCache({ onError: onRefused }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: false,
      // What a refusal says does not change by asking again.
      retry: (failures, error) => failures < RETRIES_MAX && error instanceof ApiError && [0, 429, 503].includes(error.status),
    },
  },
});

function Themed() {
  const { dark } = useAppearance();
  const { i18n } = useTranslation();
  const english = i18n.language === "en";
  const theme = useMemo(() => themeOf(dark), [dark]);
  useEffect(() => {
    dayjs.locale(english ? "en" : "zh-cn");
  }, [english]);
  return (
    <ConfigProvider theme={theme} locale={antdLocale(i18n.language)!} csp={csp} button={{ autoInsertSpace: false }}>
      <AntApp className="tm app" message={{ maxCount: 3 }}>
        <RouterProvider router={router} />
      </AntApp>
    </ConfigProvider>
  );
}

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <StyleProvider layer>
        <AppearanceProvider>
          <Themed />
        </AppearanceProvider>
      </StyleProvider>
    </QueryClientProvider>
  );
}
