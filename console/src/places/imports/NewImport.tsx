// A file becomes an import: choose it, say what its columns mean, see what its first rows would be, begin.

import { useMutation, useQuery } from "@tanstack/react-query";
import { Alert, App, Button, Input, Select, Upload } from "antd";
import { useMemo, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import "./imports.css";

import { answer, api } from "../../api/client";
import { useMay } from "../../api/permissions";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { number } from "../../shared/format";
import { Page, Section } from "../../shared/Page";
import { useCommand } from "../../shared/useCommand";
import { useUrl } from "../../shared/useUrl";
import { ARTICLES, canPreview, codesOf, MEMBERS, OPERATIONS, ORDERS, type Handled, type Outlook } from "./handled";
import { mappingsQuery, type KindName } from "./kinds";
import { WhichDraft } from "./WhichDraft";

const FILES = ".csv,.txt,.tsv,.xlsx,.parquet";

/** A name for the mapping of a file, as the API takes it. */
function nameFor(file: File, kind: KindName): string {
  const word = file.name.replace(/\.[^.]*$/, "").toLowerCase().replace(/[^a-z0-9_.-]+/g, "-").replace(/^[-.]+|[-.]+$/g, "");
  return word === "" ? kind : word.slice(0, 32);
}

export default function NewImport() {
  const [kind] = useUrl("kind", "members");
  if (kind === "orders") return <NewImportOf key={kind} kind={ORDERS} />;
  if (kind === "articles") return <NewImportOf key={kind} kind={ARTICLES} />;
  if (kind === "operations") return <NewImportOf key={kind} kind={OPERATIONS} />;
  if (kind === "codes") return <NewCodes />;
  return <NewImportOf key={kind} kind={MEMBERS} />;
}

/** A list of codes is for a batch. */
function NewCodes() {
  const [batch, setBatch] = useUrl("batch", "");
  const kind = useMemo(() => codesOf(batch), [batch]);
  return <NewImportOf key={batch} kind={kind} first={<WhichDraft batch={batch} choose={setBatch} />} isAsked={batch === ""} />;
}

interface Props<D, O extends Outlook> {
  kind: Handled<D, O>;
  /** What is asked before the file, and whether it is answered yet. */
  first?: ReactNode;
  isAsked?: boolean;
}

function NewImportOf<D, O extends Outlook>({ kind, first, isAsked = false }: Props<D, O>) {
  const { t } = useTranslation();
  const may = useMay();
  const [file, setFile] = useState<File | null>(null);
  const [saved, setSaved] = useState<string>();
  const [sheet, setSheet] = useState("");
  const [draft, setDraft] = useState<D | null>(null);
  const [name, setName] = useState("");
  /** Whether the rows below are what the mapping says that is kept under the name. */
  const [isSeen, setSeen] = useState(false);
  /** Whether the mapping above is another than the one by which the rows below were read. */
  const [isEdited, setEdited] = useState(false);
  const mappings = useQuery(mappingsQuery);

  const look = useMutation({
    mutationFn: ({ file: of, mapping }: { file: File; mapping?: string | undefined }) => kind.preview(of, { mapping, sheet: sheet || undefined }),
    onSuccess: (outlook, { mapping }) => {
      setDraft(() => kind.draftOf(outlook));
      setSeen(mapping !== undefined);
      setEdited(false);
    },
  });
  const keep = useCommand({
    run: async ({ file: of, draft: said }: { file: File; draft: D }) => {
      await answer(api.PUT("/v1/imports/mappings/{name}", { params: { path: { name }, query: { kind: kind.name } }, body: kind.mappingOf(said) }));
      await look.mutateAsync({ file: of, mapping: name });
    },
    changes: [["import-mappings"]],
  });
  const choose = (chosen: File) => {
    setFile(chosen);
    setName(saved ?? nameFor(chosen, kind.name));
    setDraft(null);
    setSeen(false);
    look.reset();
    keep.reset();
    if (canPreview(chosen)) look.mutate({ file: chosen, mapping: saved });
    else setSeen(saved !== undefined);
  };
  const edit = (changed: D) => {
    setDraft(() => changed);
    setSeen(false);
    setEdited(true);
  };
  const owners = mappings.data?.items ?? [];
  const mine = owners.filter((one) => one.kind === kind.name);
  const taken = owners.find((one) => one.name === name);
  /** A name of a mapping belongs to one kind of file. */
  const isForeign = taken !== undefined && taken.kind !== kind.name;
  const isReady = isSeen && !look.data?.mistake;
  return (
    <Page title={t(`imports.new.${kind.name}`)} lead={t("imports.newLead")} up={["/members/imports", t("imports.title")]}>
      {first}
      <Section title={t("imports.file")} hint={t("imports.fileHint")}>
        <div className="imports-file">
          <Upload.Dragger disabled={isAsked} accept={FILES} maxCount={1} showUploadList={false} beforeUpload={(chosen) => { choose(chosen); return false; }}>
            <p>{file ? <strong>{file.name}</strong> : t("imports.choose")}</p>
            <p className="muted small">{file ? `${number(Math.ceil(file.size / 1024))} KiB` : t("imports.formats")}</p>
          </Upload.Dragger>
          <div className="stack tight">
            <label>
              {t("imports.by")}
              <Select
                className="full" allowClear aria-label={t("imports.by")} placeholder={t("imports.propose")} value={saved} loading={mappings.isPending}
                options={mine.map(({ name: value, version }) => ({ value, label: `${value} (${t("imports.version", { version })})` }))}
                onChange={(chosen: string | undefined) => {
                  setSaved(chosen);
                  if (chosen) setName(chosen);
                  if (file && canPreview(file)) look.mutate({ file, mapping: chosen });
                }}
              />
            </label>
            <label>
              {t("imports.sheet")}
              <Input value={sheet} placeholder={t("imports.sheetFirst")} onChange={({ target }) => setSheet(target.value)} onBlur={() => file && sheet && look.mutate({ file, mapping: saved })} />
            </label>
          </div>
        </div>
        {look.error && <ErrorPanel error={look.error} />}
        {file && !canPreview(file) && <Alert type="info" showIcon title={saved ? t("imports.largeReady") : t("imports.large")} />}
      </Section>
      {draft && file && (
        <Section title={t("imports.mapping")} hint={t(`imports.mappingHint.${kind.name}`)}>
          <kind.Editor draft={draft} columns={look.data?.columns ?? []} onChange={edit} />
          {look.data?.mistake && <Alert type="warning" showIcon title={look.data.mistake} />}
          {keep.error && !look.error && <ErrorPanel error={keep.error} />}
          <div className="imports-keep">
            <label>
              {t("imports.mappingName")}
              <Input value={name} status={isForeign ? "error" : ""} onChange={({ target }) => { setName(target.value); setSeen(false); }} />
            </label>
            {may("PUT /imports/mappings/{name}") && (
              <Button type={isReady ? "default" : "primary"} loading={keep.isPending} disabled={name === "" || isForeign} onClick={() => keep.mutate({ file, draft })}>
                {t("imports.keep")}
              </Button>
            )}
            {taken && (
              <span className={isForeign ? "imports-foreign" : "muted small"} role="status">
                {isForeign ? t("imports.nameForeign", { kind: t(`imports.kind.${taken.kind}`) }) : t("imports.nameKnown", { version: taken.version })}
              </span>
            )}
          </div>
        </Section>
      )}
      {look.data && !look.data.mistake && (
        <Section title={t(`imports.rows.${kind.name}`)} hint={isEdited ? t("imports.rowsOld") : t(`imports.rowsHint.${kind.name}`)} flush>
          <kind.Rows outlook={look.data} />
        </Section>
      )}
      {file && isReady && <Begin kind={kind} file={file} mapping={saved && !draft ? saved : name} sheet={sheet} />}
    </Page>
  );
}

interface BeginProps {
  kind: Pick<Handled<never, never>, "name" | "begin" | "again">;
  file: File;
  mapping: string;
  sheet: string;
}

function Begin({ kind, file, mapping, sheet }: BeginProps) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const navigate = useNavigate();
  const begin = useCommand({
    run: (again: boolean) => kind.begin(file, { mapping, name: file.name, sheet: sheet || undefined, again }),
    changes: [["imports"], ["tasks"]],
    then: ({ isNew, run }) => {
      if (isNew || !kind.again) return void navigate(`/members/imports/${run.id}`);
      void modal.confirm({
        title: t("imports.known"), content: kind.name !== "codes" && t(`imports.knownLead.${kind.name}`), okText: t("imports.again"), cancelText: t("imports.openKnown"),
        onOk: () => begin.mutate(true), onCancel: () => void navigate(`/members/imports/${run.id}`),
      });
    },
  });
  return (
    <Section>
      <div className="row imports-begin">
        <span>{t("imports.ready", { file: file.name })}</span>
        <Button type="primary" loading={begin.isPending} onClick={() => begin.mutate(false)}>
          {t("imports.begin")}
        </Button>
      </div>
      {begin.error && <ErrorPanel error={begin.error} />}
    </Section>
  );
}
