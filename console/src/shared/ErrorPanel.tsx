// What a refusal says, with the code and the request's id by which the operator of the server finds it in the log.

import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";

import { toApiError, UNREACHABLE } from "../api/errors";
import { refusalText } from "../app/i18n";

export function ErrorPanel({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  const { code, message, requestId } = toApiError(error);
  const title = code === UNREACHABLE ? t("problem.unreachable") : refusalText(code, message);
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={title}
      description={
        <span className="problem-line">
          {/* The server's own words may name the value or the limit. */}
          {title !== message && code !== UNREACHABLE && <span className="problem-said" lang="en">{message}</span>}
          <span>
            {t("problem.code")} <code>{code}</code>
          </span>
          {requestId && (
            <span>
              {t("problem.request")} <code>{requestId}</code>
            </span>
          )}
        </span>
      }
      action={
        retry && (
          <Button size="small" onClick={retry}>
            {t("problem.retry")}
          </Button>
        )
      }
    />
  );
}
