// Shown instead of a page: an address that leads nowhere, a refusal, or a fault of the page itself.

import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, isRouteErrorResponse, useRouteError } from "react-router";

import { ErrorPanel } from "../shared/ErrorPanel";

export function ErrorPage({ inside = false, missing = false }: { inside?: boolean; missing?: boolean }) {
  const { t } = useTranslation();
  const error = useRouteError();
  const lost = missing || (isRouteErrorResponse(error) && error.status === 404);
  const body = lost ? (
    <div className="stack">
      <h1>{t("problem.notFound")}</h1>
      <p className="muted">{t("problem.notFoundHint")}</p>
    </div>
  ) : (
    <div className="stack">
      <h1>{t("problem.broken")}</h1>
      <ErrorPanel error={error} retry={() => location.reload()} />
    </div>
  );
  return (
    <div className={inside ? "page stack" : "gate-box stack"}>
      {body}
      <Link to="/">
        <Button>{t("problem.home")}</Button>
      </Link>
    </div>
  );
}
