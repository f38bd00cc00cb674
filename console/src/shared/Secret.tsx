import { App, Button } from "antd";
import { useTranslation } from "react-i18next";

/** Something that is shown once, and the way to take it along. */
export function Secret({ value, copy }: { value: string; copy: string }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  return (
    <div className="stack tight">
      <code className="pre">{value}</code>
      <div>
        <Button type="primary" onClick={() => void navigator.clipboard.writeText(value).then(() => message.success(t("common.copied")))}>
          {copy}
        </Button>
      </div>
    </div>
  );
}
