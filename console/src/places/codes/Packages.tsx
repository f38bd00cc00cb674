// Codes of a batch as encrypted files for printing houses: ordered here, with a password that is shown once, and taken by
// somebody who is written down.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, InputNumber, Modal, Select, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { meQuery } from "../../api/queries";
import { Actor } from "../../shared/actors";
import { ConfirmReason } from "../../shared/ConfirmReason";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { FormDrawer } from "../../shared/FormDrawer";
import { fetchFile, Id, joined, number, Time } from "../../shared/format";
import { Section } from "../../shared/Page";
import { Secret } from "../../shared/Secret";
import { Tag, type Tone } from "../../shared/Tag";
import { useCommand } from "../../shared/useCommand";
import { levelsOf } from "./units";
import "./packages.css";

type Batch = Schemas["Batch"];
type Package = Schemas["Package"];
type Part = "item-outer" | "item-inner" | "box-outer" | "case-outer" | "pallet-outer";

const FORMATS: Schemas["PackageFormat"][] = ["txt", "csv", "json_lines", "svg", "png"];
const FORMS: Schemas["PackageForm"][] = ["link", "code", "digital_link", "sscc"];
const COLUMNS: Schemas["PackageColumn"][] = ["serial", "code", "link", "digital_link", "gtin", "lot", "level", "face", "box", "case", "pallet", "sscc", "sscc_link"];
const OUTCOMES: Record<Schemas["DownloadOutcome"], Tone> = { under_way: "warn", complete: "good", broken_off: "bad" };
/** A download is kept when it ends: what is under way is looked at again. */
const AGAIN_MS = 2_000;

export function Packages({ batch }: { batch: Batch }) {
  const { t } = useTranslation();
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  const [password, setPassword] = useState<string | null>(null);
  const asked = useQuery({
    queryKey: ["packages", batch.id],
    queryFn: () => answer(api.GET("/v1/batches/{id}/packages", { params: { path: { id: batch.id }, query: { limit: 200 } } })),
  });
  const packages = [...(asked.data?.items ?? [])].reverse();
  const order = may("POST /batches/{id}/packages") && (
    <Button type="primary" onClick={() => setOpen(true)}>
      {t("packages.add")}
    </Button>
  );
  return (
    <Section title={t("packages.title")} hint={t("packages.lead")} extra={order}>
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {asked.isPending && <Skeleton active paragraph={{ rows: 2 }} />}
      {asked.data && packages.length === 0 && <p className="muted">{t("packages.none")}</p>}
      <ul className="packages">
        {packages.map((one) => (
          <OnePackage key={one.id} one={one} />
        ))}
      </ul>
      <NewPackage batch={batch} open={isOpen} onClose={() => setOpen(false)} onMade={setPassword} />
      <Modal open={password !== null} title={t("packages.passwordTitle")} onCancel={() => setPassword(null)} footer={<Button onClick={() => setPassword(null)}>{t("common.close")}</Button>} destroyOnHidden>
        <div className="stack tight">
          <p>{t("packages.passwordLead")}</p>
          {password && <Secret value={password} copy={t("packages.copy")} />}
        </div>
      </Modal>
    </Section>
  );
}

function OnePackage({ one }: { one: Package }) {
  const { t } = useTranslation();
  const may = useMay();
  const queries = useQueryClient();
  const me = useQuery(meQuery);
  const [asksWhy, setAsksWhy] = useState(false);
  const isTaken = one.downloads > 0;
  const holds = (scope: "goods" | "reprint") => me.data?.scopes.some((held) => held === scope || held === "owner") ?? false;
  const take = (reason?: string) => {
    fetchFile(`/v1/packages/${one.id}/file${reason ? `?reason=${encodeURIComponent(reason)}` : ""}`);
    setAsksWhy(false);
    // The browser fetches it by itself; that it began is kept by then.
    setTimeout(() => {
      void queries.invalidateQueries({ queryKey: ["packages", one.batch] });
      void queries.invalidateQueries({ queryKey: ["package-downloads", one.id] });
    }, AGAIN_MS);
  };
  return (
    <li className="package">
      <div className="package-head">
        <div>
          <strong>{one.recipient}</strong>
          <p className="muted small">
            {t("packages.brief", { format: t(`packages.format.${one.contents.format}`), codes: number(one.codes), files: number(one.files) })}
            {" · "}
            {joined(one.contents.parts.map((part) => t(`packages.part.${`${part.level}-${part.face}` as Part}`)))}
          </p>
          <p className="muted small">
            <Time at={one.created_at} /> · <Id value={one.id} />
          </p>
        </div>
        {!isTaken && holds("goods") && (
          <Button onClick={() => take()}>{t("packages.take")}</Button>
        )}
        {isTaken && holds("reprint") && <Button onClick={() => setAsksWhy(true)}>{t("packages.takeAgain")}</Button>}
      </div>
      {isTaken && may("GET /packages/{id}/downloads") && <Downloads id={one.id} count={one.downloads} />}
      {one.sha256 && (
        <p className="muted small package-hash">
          SHA-256 <code>{one.sha256}</code>
        </p>
      )}
      <ConfirmReason open={asksWhy} title={t("packages.takeAgain")} confirm={t("packages.takeAgain")} busy={false} error={null} onConfirm={take} onClose={() => setAsksWhy(false)}>
        <p>{t("packages.againLead")}</p>
      </ConfirmReason>
    </li>
  );
}

/** Who took it, when and from where, and whether all of it arrived. */
function Downloads({ id, count }: { id: string; count: number }) {
  const { t } = useTranslation();
  const asked = useQuery({
    queryKey: ["package-downloads", id, count],
    queryFn: () => answer(api.GET("/v1/packages/{id}/downloads", { params: { path: { id }, query: { limit: 200 } } })),
    refetchInterval: ({ state }) => (state.data?.items.some(({ outcome }) => outcome === "under_way") ? AGAIN_MS : false),
  });
  return (
    <>
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      <ul className="package-downloads small">
        {asked.data?.items.map((one) => (
          <li key={one.number}>
            <Tag tone={OUTCOMES[one.outcome]}>{t(`packages.outcome.${one.outcome}`)}</Tag> <Time at={one.at} /> <Actor id={one.actor} />
            {one.address && <span className="muted"> {one.address}</span>}
            {one.reason && <span>{t("packages.why", { reason: one.reason })}</span>}
          </li>
        ))}
      </ul>
    </>
  );
}

interface Values {
  recipient: string;
  format: Schemas["PackageFormat"];
  form: Schemas["PackageForm"];
  columns: Schemas["PackageColumn"][];
  parts: Part[];
  codes_per_file?: number | null;
}

function NewPackage({ batch, open, onClose, onMade }: { batch: Batch; open: boolean; onClose: () => void; onMade: (password: string) => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const format = Form.useWatch("format", form) ?? "txt";
  const levels = levelsOf(batch);
  const parts: Part[] = levels.flatMap((level): readonly Part[] => level === "item" && batch.faces === "outer_and_inner" ? (["item-outer", "item-inner"] as const) : ([`${level}-outer`] as const));
  const packs = (["box", "case", "pallet"] as const).filter((pack) => !levels.includes(pack) || batch.association === "on_line") as string[];
  const fits = (value: string) => batch.sscc !== "none" || !value.startsWith("sscc");
  const hasColumns = format === "csv" || format === "json_lines";
  const isPicture = format === "svg" || format === "png";
  const order = useCommand({
    run: (values: Values) =>
      answer(
        api.POST("/v1/batches/{id}/packages", {
          params: { path: { id: batch.id } },
          body: {
            recipient: values.recipient.trim(),
            format: values.format,
            parts: values.parts.map((part) => {
              const [level, face] = part.split("-") as [string, string];
              return { level, face };
            }),
            ...(hasColumns ? { columns: values.columns } : { form: values.form }),
            codes_per_file: (!isPicture && values.codes_per_file) || null,
          },
        }),
      ),
    changes: [["packages", batch.id]],
    then: ({ password }) => {
      onClose();
      onMade(password);
    },
  });
  const needed = [{ required: true, message: t("common.needed") }];
  return (
    <FormDrawer<Values>
      form={form} open={open} title={t("packages.add")} submit={t("packages.add")} busy={order.isPending} error={order.error}
      initial={{ format: "txt", form: "link", columns: ["serial", "link"], parts }} onSubmit={(values) => order.mutate(values)} onClose={onClose}
    >
      <Form.Item name="recipient" label={t("packages.recipient")} extra={t("packages.recipientHint")} rules={[{ required: true, whitespace: true, message: t("common.needed") }]}>
        <Input maxLength={120} autoComplete="off" />
      </Form.Item>
      <Form.Item name="parts" label={t("packages.parts")} rules={needed}>
        <Select mode="multiple" options={parts.map((value) => ({ value, label: t(`packages.part.${value}`) }))} />
      </Form.Item>
      <Form.Item name="format" label={t("packages.format")} extra={isPicture && t("packages.pictureHint")}>
        <Select options={FORMATS.map((value) => ({ value, label: t(`packages.format.${value}`) }))} />
      </Form.Item>
      {hasColumns ? (
        <Form.Item name="columns" label={t("packages.columns")} rules={needed}>
          <Select mode="multiple" options={COLUMNS.filter((value) => !packs.includes(value) && fits(value)).map((value) => ({ value, label: t(`packages.column.${value}`) }))} />
        </Form.Item>
      ) : (
        <Form.Item name="form" label={t("batch.form")}>
          <Select options={FORMS.filter(fits).map((value) => ({ value, label: t(`batch.form.${value}`) }))} />
        </Form.Item>
      )}
      {!isPicture && (
        <Form.Item name="codes_per_file" label={t("packages.perFile")} extra={t("packages.perFileHint")}>
          <InputNumber min={1} precision={0} className="full" />
        </Form.Item>
      )}
    </FormDrawer>
  );
}
