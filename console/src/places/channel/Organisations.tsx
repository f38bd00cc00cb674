import { useQuery } from "@tanstack/react-query";
import { Button, Drawer, Form, Input, Select, Skeleton, Table, TreeSelect } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { balanceQuery, organisationsQuery } from "../../api/queries";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { FormDrawer } from "../../shared/FormDrawer";
import { Id, joined, yuan } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { NumberCard } from "../../shared/NumberCard";
import { Facts, Page, Section } from "../../shared/Page";
import { Tag } from "../../shared/Tag";
import { useCommand } from "../../shared/useCommand";
import { useUrl } from "../../shared/useUrl";
import { usePlaceName } from "../data/places";
import { usePlaceTree } from "../data/usePlaceTree";

type Organisation = Schemas["Organisation"];
type Branch = Organisation & { children?: Branch[] };

const KINDS: Schemas["OrganisationKind"][] = ["brand", "region", "dealer", "store"];

function treeOf(items: Organisation[]): Branch[] {
  const nodes = new Map<string, Branch>(items.map((one) => [one.id, { ...one }]));
  const roots: Branch[] = [];
  for (const node of nodes.values()) {
    // A caller who is limited to a branch does not see what lies above its root.
    const parent = node.parent ? nodes.get(node.parent) : undefined;
    if (parent) (parent.children ??= []).push(node);
    else roots.push(node);
  }
  return roots;
}

export default function Organisations() {
  const { t } = useTranslation();
  const may = useMay();
  const place = usePlaceName();
  const [isOpen, setOpen] = useState(false);
  const [shown, setShown] = useUrl("organisation");
  const asked = useQuery(organisationsQuery);
  const tree = useMemo(() => treeOf(asked.data ?? []), [asked.data]);
  const button = may("POST /organisations") && (
    <Button type="primary" onClick={() => setOpen(true)}>
      {t("organisations.add")}
    </Button>
  );
  return (
    <Page title={t("organisations.title")} lead={t("organisations.lead")} actions={button}>
      <Section flush>
        {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
        {asked.isPending && <div className="section-body"><Skeleton active paragraph={{ rows: 6 }} /></div>}
        {asked.data?.length === 0 && <Nothing title={t("organisations.none")} hint={t("organisations.noneHint")} action={button} />}
        {tree.length > 0 && (
          <Table<Branch>
            size="small" rowKey="id" pagination={false} scroll={{ x: "max-content" }} dataSource={tree} expandable={{ defaultExpandAllRows: true }}
            columns={[
              {
                title: t("organisations.name"), dataIndex: "name",
                render: (name: string, { id }) => (
                  <Button type="link" size="small" className="cell-link" onClick={() => setShown(id)}>
                    <span className="cell-first">{name}</span>
                  </Button>
                ),
              },
              { title: t("organisations.kind"), dataIndex: "kind", render: (kind: Schemas["OrganisationKind"]) => <Tag>{t(`organisations.kind.${kind}`)}</Tag> },
              { title: t("organisations.code"), dataIndex: "code", render: (code: string) => <code>{code}</code> },
              { title: t("organisations.place"), dataIndex: "adcode", render: (code: string | null) => (code ? place(code) : "–") },
              { title: t("organisations.territory"), dataIndex: "territory", render: (codes: string[]) => (codes.length > 0 ? joined(codes.map(place)) : "–") },
            ]}
          />
        )}
      </Section>
      <NewOrganisation open={isOpen} onClose={() => setOpen(false)} items={asked.data ?? []} />
      <Details organisation={asked.data?.find(({ id }) => id === shown)} onClose={() => setShown("")} />
    </Page>
  );
}

/** One organisation, and what it is owed. */
function Details({ organisation, onClose }: { organisation: Organisation | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const place = usePlaceName();
  const owed = useQuery({ ...balanceQuery(organisation?.id ?? "", "payable"), enabled: organisation !== undefined && may("GET /balances") });
  return (
    <Drawer open={organisation !== undefined} onClose={onClose} title={organisation?.name} size={Math.min(480, window.innerWidth)}>
      {organisation && (
        <div className="stack">
          {may("GET /balances") && <NumberCard label={t("organisations.owed")} note={t("organisations.owedHint")} loading={owed.isPending} value={owed.data ? yuan(owed.data.available) : "–"} />}
          {owed.error && <ErrorPanel error={owed.error} />}
          <Facts
            items={[
              [t("organisations.kind"), t(`organisations.kind.${organisation.kind}`)],
              [t("organisations.code"), <code>{organisation.code}</code>],
              [t("organisations.place"), organisation.adcode ? place(organisation.adcode) : "–"],
              [t("organisations.territory"), organisation.territory.length > 0 ? joined(organisation.territory.map(place)) : "–"],
              [t("common.id"), <Id value={organisation.id} />],
            ]}
          />
        </div>
      )}
    </Drawer>
  );
}

function NewOrganisation({ open, onClose, items }: { open: boolean; onClose: () => void; items: Organisation[] }) {
  const { t } = useTranslation();
  const tree = usePlaceTree(open);
  const add = useCommand({
    run: (body: Schemas["NewOrganisation"]) => answer(api.POST("/v1/organisations", { body })),
    done: t("organisations.done"),
    changes: [["organisations"]],
    then: onClose,
  });
  const needed = [{ required: true, whitespace: true, message: t("common.needed") }];
  return (
    <FormDrawer<Schemas["NewOrganisation"]>
      open={open} title={t("organisations.add")} submit={t("organisations.add")} busy={add.isPending} error={add.error}
      initial={{ kind: "store" }} onSubmit={(values) => add.mutate({ ...values, territory: values.territory ?? [] })} onClose={onClose}
    >
      <Form.Item name="kind" label={t("organisations.kind")}>
        <Select options={KINDS.map((value) => ({ value, label: t(`organisations.kind.${value}`) }))} />
      </Form.Item>
      <Form.Item name="name" label={t("organisations.name")} rules={needed}>
        <Input maxLength={120} />
      </Form.Item>
      <Form.Item name="code" label={t("organisations.code")} extra={t("organisations.codeHint")} rules={needed}>
        <Input maxLength={60} />
      </Form.Item>
      <Form.Item name="parent" label={t("organisations.parent")}>
        <Select allowClear showSearch={{ optionFilterProp: "label" }} options={items.filter(({ kind }) => kind !== "store").map(({ id, name }) => ({ value: id, label: name }))} />
      </Form.Item>
      <Form.Item name="adcode" label={t("organisations.place")}>
        <TreeSelect allowClear showSearch treeNodeFilterProp="title" treeData={tree} />
      </Form.Item>
      <Form.Item name="territory" label={t("organisations.territory")}>
        <TreeSelect treeCheckable showCheckedStrategy="SHOW_PARENT" treeNodeFilterProp="title" treeData={tree} maxTagCount={6} />
      </Form.Item>
    </FormDrawer>
  );
}
