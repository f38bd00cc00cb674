// Where a code is and how it came there; where all goods of a lot are now, or were.

import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";

import { answer, api, type Schemas } from "../../api/client";
import { toApiError } from "../../api/errors";
import { useMay } from "../../api/permissions";
import { batchesQuery, productsQuery } from "../../api/queries";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { number } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { Facts, Page, Section } from "../../shared/Page";
import { Holders } from "../codes/Holders";
import { codeOf } from "../codes/Lookup";
import { Trace } from "../codes/Trace";

export default function Lookup() {
  const { t } = useTranslation();
  const may = useMay();
  const [params, setParams] = useSearchParams();
  const [form] = Form.useForm<{ text: string }>();
  const text = params.get("text") ?? "";
  const chosen = params.get("batch") ?? "";
  const batches = useQuery({ ...batchesQuery, enabled: may("GET /batches") });
  useEffect(() => form.setFieldsValue({ text }), [form, text]);
  // What is the name of a lot is meant as that; anything else as a code.
  const lots = text === "" ? [] : (batches.data ?? []).filter(({ lot, id }) => lot.toLowerCase() === text.toLowerCase() || id === text);
  const batch = lots.length === 1 ? lots[0] : batches.data?.find(({ id }) => id === chosen);
  const isCode = text !== "" && !batches.isLoading && lots.length === 0;
  return (
    <Page title={t("tracing.title")} lead={t("tracing.lead")}>
      <Section>
        <Form form={form} layout="vertical" requiredMark={false} className="lookup-form" onFinish={(values) => setParams({ text: values.text.trim() })}>
          <Form.Item name="text" label={t("tracing.field")} rules={[{ required: true, whitespace: true, message: t("common.needed") }]}>
            <Input autoFocus autoComplete="off" spellCheck={false} className="mono" allowClear />
          </Form.Item>
          <Form.Item label={<span aria-hidden>&nbsp;</span>}>
            <Button type="primary" htmlType="submit">{t("tracing.submit")}</Button>
          </Form.Item>
        </Form>
      </Section>
      {text === "" && !batch && <Section><Nothing title={t("tracing.start")} hint={t("tracing.startHint")} /></Section>}
      {lots.length > 1 && !batch && <Which lots={lots} text={text} />}
      {batch && <Batch batch={batch} />}
      {isCode && <Code code={codeOf(text)} />}
    </Page>
  );
}

function Code({ code }: { code: string }) {
  const { t } = useTranslation();
  const asked = useQuery({ queryKey: ["trace", code, ""], queryFn: () => answer(api.GET("/v1/codes/{code}/trace", { params: { path: { code } } })), retry: false });
  if (asked.error && [404, 422].includes(toApiError(asked.error).status)) {
    return <Section><Nothing title={t("tracing.unknown")} hint={t("lookup.unknownHint")} /></Section>;
  }
  if (asked.error) return <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />;
  return <Trace key={code} code={code} />;
}

/** Of several batches with one lot, which is meant. */
function Which({ lots, text }: { lots: Schemas["Batch"][]; text: string }) {
  const { t } = useTranslation();
  const products = useQuery(productsQuery);
  return (
    <Section title={t("tracing.which")}>
      <ul>
        {lots.map(({ id, lot, product, items }) => (
          <li key={id}>
            <Link to={`?${new URLSearchParams({ text, batch: id }).toString()}`}>{lot}</Link>{" "}
            <span className="muted">{products.data?.find((one) => one.id === product)?.name ?? product} · {t("holders.items", { number: number(items) })}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Batch({ batch }: { batch: Schemas["Batch"] }) {
  const { t } = useTranslation();
  const may = useMay();
  const products = useQuery({ ...productsQuery, enabled: may("GET /products") });
  return (
    <>
      <Section>
        <Facts
          items={[
            [t("batches.lot"), may("GET /batches/{id}") ? <Link to={`/codes/batches/${batch.id}`}>{batch.lot}</Link> : batch.lot],
            [t("batches.product"), products.data?.find(({ id }) => id === batch.product)?.name ?? batch.product],
            [t("batches.items"), number(batch.items)],
            [t("operations.title"), <Link to={`/trace/operations?batch=${batch.id}`}>{t("tracing.operations")}</Link>],
          ]}
        />
      </Section>
      <Holders batch={batch} />
    </>
  );
}
