import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input, Skeleton } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";

import { answer, api, download, type Schemas } from "../../api/client";
import { toApiError } from "../../api/errors";
import { useMay } from "../../api/permissions";
import { batchesQuery, LIVE_MS, productsQuery } from "../../api/queries";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { gtinText, Id, number, Time } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { OrganisationLink } from "../../shared/Organisation";
import { Facts, Page, Section } from "../../shared/Page";
import { Tag, type Tone } from "../../shared/Tag";
import { RecordOperation } from "./RecordOperation";
import { Trace } from "./Trace";
import type { Level } from "./units";

/** The code itself, of a code or of the link that it opens. */
export function codeOf(text: string): string {
  return text.trim().split(/[/?#]/).filter(Boolean).at(-1)?.toUpperCase() ?? "";
}

export default function Lookup() {
  const { t } = useTranslation();
  const may = useMay();
  const [params, setParams] = useSearchParams();
  const [form] = Form.useForm<{ code: string }>();
  const [batch, level, serial] = ["batch", "level", "serial"].map((name) => params.get(name) ?? "") as [string, string, string];
  // By batch, level and serial, as packs are named.
  const named = useQuery({
    queryKey: ["code-of", batch, level, serial],
    queryFn: async () => (await (await download(`/v1/batches/${batch}/codes?${new URLSearchParams({ level, first: serial, last: serial, form: "code" }).toString()}`)).text()).trim(),
    enabled: batch !== "" && may("GET /batches/{id}/codes"),
    staleTime: Infinity,
  });
  const code = params.get("code") ?? named.data ?? "";
  const look = (text: string) => setParams({ code: codeOf(text) });
  useEffect(() => form.setFieldsValue({ code }), [form, code]);
  const asked = useQuery({
    queryKey: ["code", code],
    queryFn: () => answer(api.GET("/v1/codes/{code}", { params: { path: { code } } })),
    enabled: code !== "",
    refetchInterval: LIVE_MS,
  });
  const isUnknown = asked.error && [404, 422].includes(toApiError(asked.error).status);
  return (
    <Page title={t("lookup.title")} lead={t("lookup.lead")} actions={<RecordOperation key={code} code={code} />}>
      <Section>
        <Form form={form} layout="vertical" requiredMark={false} className="lookup-form" onFinish={(values) => look(values.code)}>
          <Form.Item name="code" label={t("lookup.code")} rules={[{ required: true, whitespace: true, message: t("common.needed") }]}>
            <Input autoFocus autoComplete="off" spellCheck={false} className="mono" allowClear />
          </Form.Item>
          <Form.Item label={<span aria-hidden>&nbsp;</span>}>
            <Button type="primary" htmlType="submit" loading={asked.isLoading}>
              {t("lookup.submit")}
            </Button>
          </Form.Item>
        </Form>
      </Section>
      {named.error && <ErrorPanel error={named.error} />}
      {code === "" && !named.isLoading && (
        <Section>
          <Nothing title={t("lookup.start")} hint={t("lookup.startHint")} />
        </Section>
      )}
      {isUnknown && (
        <Section>
          <Nothing title={t("lookup.unknown")} hint={t("lookup.unknownHint")} />
        </Section>
      )}
      {asked.error && !isUnknown && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {(named.isLoading || asked.isLoading) && <Skeleton active />}
      {asked.data && <Known code={code} known={asked.data} />}
      {asked.data && may("GET /codes/{code}/trace") && <Trace key={code} code={code} />}
    </Page>
  );
}

const TONES: Record<string, Tone> = { active: "good", not_active: "warn", void: "bad", recalled: "bad" };

function Known({ code, known }: { code: string; known: Schemas["CodeAnswer"] }) {
  const { t } = useTranslation();
  const may = useMay();
  const products = useQuery(productsQuery);
  const batches = useQuery({ ...batchesQuery, enabled: may("GET /batches") });
  const product = products.data?.find(({ id }) => id === known.product);
  const batch = batches.data?.find(({ id }) => id === known.batch);
  const state = known.state as "active" | "not_active" | "void" | "recalled";
  return (
    <Section title={product?.name ?? known.product} extra={<Tag tone={TONES[state] ?? "plain"}>{t(`lookup.state.${state}`)}</Tag>}>
      <div className="lookup-known">
        <Facts
          items={[
            [t("products.gtin"), <span className="num">{gtinText(known.gtin)}</span>],
            [t("batches.lot"), batch ? <Link to={`/codes/batches/${batch.id}`}>{batch.lot}</Link> : <Id value={known.batch} />],
            [t("batch.level"), t(`batch.level.${known.level as Level}`)],
            [t("batch.face"), t(`batch.face.${known.face as "outer" | "inner"}`)],
            [t("lookup.serial"), number(known.serial)],
            [t("lookup.checks"), number(known.checks)],
            [t("lookup.firstAt"), known.first_at ? <Time at={known.first_at} /> : <span className="muted">{t("lookup.never")}</span>],
            // Where its chain stands below, that says it.
            ...(may("GET /codes/{code}/trace") ? [] : [[t(known.gone ? `trace.gone.${known.gone}` : "lookup.holder"), known.holder ? <OrganisationLink id={known.holder} /> : <span className="muted">{t("lookup.notShipped")}</span>] as [string, React.ReactNode]]),
            [
              t("lookup.claimedBy"),
              !known.claimed_by ? <span className="muted">{t("lookup.never")}</span>
              : may("GET /scans/{id}") ? <Link to={`/codes/scans/${known.claimed_by}`}><Id value={known.claimed_by} bare /></Link>
              : <Id value={known.claimed_by} />,
            ],
          ]}
        />
        {may("GET /codes/{code}/qr.svg") && (
          <figure className="qr">
            <img src={`/v1/codes/${encodeURIComponent(code)}/qr.svg`} alt={t("lookup.qrOf", { code })} width={148} height={148} />
            <figcaption className="muted small">{t("lookup.qr")}</figcaption>
          </figure>
        )}
      </div>
    </Section>
  );
}
