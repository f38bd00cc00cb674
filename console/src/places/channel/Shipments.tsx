import { CloseOutlined, PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input, InputNumber, Select, Skeleton, Table } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { batchesQuery, organisationsQuery } from "../../api/queries";
import type { Column } from "../../shared/columns";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { FormDrawer } from "../../shared/FormDrawer";
import { Id, number, Time } from "../../shared/format";
import { LongList, useFilter } from "../../shared/LongList";
import { MomentRange } from "../../shared/MomentRange";
import { Nothing } from "../../shared/Nothing";
import { OrganisationLink } from "../../shared/Organisation";
import { Facts, Page, Section } from "../../shared/Page";
import { useCommand } from "../../shared/useCommand";
import { useUrl } from "../../shared/useUrl";
import type { Level } from "../codes/units";

type Line = Schemas["Listed_ShipmentLine"]["items"][number];

export default function Shipments() {
  const { t } = useTranslation();
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  const [shown, setShown] = useUrl("shipment");
  const button = may("POST /shipments") && may("GET /batches") && (
    <Button type="primary" onClick={() => setOpen(true)}>
      {t("shipments.add")}
    </Button>
  );
  return (
    <Page title={t("shipments.title")} lead={t("shipments.lead")} actions={button}>
      <Section title={t("shipments.find")}>
        <Form key={shown} layout="vertical" requiredMark={false} className="lookup-form" initialValues={{ id: shown }} onFinish={({ id }: { id: string }) => setShown(id.trim())}>
          <Form.Item name="id" label={t("shipments.id")} rules={[{ required: true, pattern: /^\s*shp_[0-9A-Z]{13}\s*$/, message: t("shipments.bad") }]}>
            <Input className="mono" autoComplete="off" allowClear />
          </Form.Item>
          <Form.Item label={<span aria-hidden>&nbsp;</span>}>
            <Button htmlType="submit">{t("shipments.open")}</Button>
          </Form.Item>
        </Form>
      </Section>
      {shown !== "" && <Shipment id={shown} />}
      {may("GET /shipments") && <Recent open={setShown} />}
      <NewShipment open={isOpen} onClose={() => setOpen(false)} onDone={(id) => (setOpen(false), setShown(id))} />
    </Page>
  );
}

function Shipment({ id }: { id: string }) {
  const { t } = useTranslation();
  const asked = useQuery({ queryKey: ["shipment", id], queryFn: () => answer(api.GET("/v1/shipments/{id}", { params: { path: { id } } })) });
  if (asked.error) return <ErrorPanel error={asked.error} />;
  if (!asked.data) return <Skeleton active />;
  const { to, at, units } = asked.data;
  return (
    <Section title={<Id value={id} />}>
      <div className="stack">
        <Facts items={[[t("shipments.to"), <OrganisationLink id={to} />], [t("shipments.at"), <Time at={at} />]]} />
        <Table
          size="small" pagination={false} scroll={{ x: "max-content" }} rowKey={(unit) => JSON.stringify(unit)} dataSource={units}
          columns={[
            { title: t("shipments.batch"), dataIndex: "batch", render: (batch: string) => <Link to={`/codes/batches/${batch}`}><Id value={batch} bare /></Link> },
            { title: t("shipments.level"), dataIndex: "level", render: (level: Level) => t(`batch.level.${level}`) },
            { title: t("shipments.first"), dataIndex: "first", align: "right", render: number },
            { title: t("shipments.last"), dataIndex: "last", align: "right", render: number },
            { title: t("shipments.count"), key: "count", align: "right", render: (_, { first, last }) => number(last - first + 1) },
          ]}
        />
      </div>
    </Section>
  );
}

/** Every shipment, the latest first. */
function Recent({ open }: { open: (id: string) => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const organisations = useQuery({ ...organisationsQuery, enabled: may("GET /organisations") });
  const [filter, setFilter] = useFilter(["from", "until", "to"]);
  const columns: Column<Line>[] = [
    { key: "id", title: t("shipments.id"), file: ["shipment"], show: ({ id }) => <Button type="link" size="small" className="cell-link" onClick={() => open(id)}><code>{id}</code></Button> },
    { key: "to", title: t("shipments.to"), file: ["to_code", "to_name"], show: ({ to }) => <span className="wide-text"><OrganisationLink id={to} /></span> },
    { key: "units", title: t("shipments.units"), number: true, file: ["units"], show: ({ units }) => number(units) },
    { key: "at", title: t("shipments.at"), file: ["at"], show: ({ at }) => <Time at={at} /> },
  ];
  return (
    <Section title={t("shipments.recent")} flush>
      <LongList<Line>
        name="shipments" filter={filter} columns={columns} rowKey={({ id }) => id}
        ask={(page) => answer(api.GET("/v1/shipments", { params: { query: { ...page, ...filter } } }))}
        empty={<Nothing title={t("shipments.none")} hint={t("shipments.noneHint")} />}
        filters={
          <>
            <MomentRange from={filter.from} until={filter.until} onChange={setFilter} />
            <Select
              aria-label={t("shipments.to")} placeholder={t("shipments.to")} allowClear showSearch={{ optionFilterProp: "label" }} popupMatchSelectWidth={false} className="filter-wide"
              value={filter.to} options={organisations.data?.map(({ id, name }) => ({ value: id, label: name }))} onChange={(to: string | undefined) => setFilter({ to })}
            />
          </>
        }
      />
    </Section>
  );
}

function NewShipment({ open, onClose, onDone }: { open: boolean; onClose: () => void; onDone: (id: string) => void }) {
  const { t } = useTranslation();
  const organisations = useQuery({ ...organisationsQuery, enabled: open });
  const batches = useQuery({ ...batchesQuery, enabled: open });
  const ship = useCommand({
    run: (body: Schemas["NewShipment"]) => answer(api.POST("/v1/shipments", { body })),
    done: ({ id }) => t("shipments.done", { id }),
    changes: [["shipments"]],
    then: ({ id }) => onDone(id),
  });
  const needed = [{ required: true, message: t("common.needed") }];
  return (
    <FormDrawer<Schemas["NewShipment"]>
      open={open} title={t("shipments.add")} submit={t("shipments.add")} width={680} busy={ship.isPending} error={ship.error}
      initial={{ units: [{ level: "case" } as Schemas["Unit"]] }} onSubmit={(shipment) => ship.mutate(shipment)} onClose={onClose}
    >
      <Form.Item name="to" label={t("shipments.to")} rules={needed}>
        <Select showSearch={{ optionFilterProp: "label" }} options={organisations.data?.map(({ id, name }) => ({ value: id, label: name }))} />
      </Form.Item>
      <Form.List name="units">
        {(fields, { add, remove }) => (
          <>
            {fields.map(({ key, name }) => (
              <div className="unit-row" key={key}>
                <Form.Item name={[name, "batch"]} label={t("shipments.batch")} rules={needed}>
                  <Select options={batches.data?.map(({ id, lot }) => ({ value: id, label: lot }))} />
                </Form.Item>
                <Form.Item name={[name, "level"]} label={t("shipments.level")} rules={needed}>
                  <Select options={(["case", "pallet"] as const).map((value) => ({ value, label: t(`batch.level.${value}`) }))} />
                </Form.Item>
                <Form.Item name={[name, "first"]} label={t("shipments.first")} rules={needed}>
                  <InputNumber min={0} precision={0} className="full" />
                </Form.Item>
                <Form.Item name={[name, "last"]} label={t("shipments.last")} rules={needed}>
                  <InputNumber min={0} precision={0} className="full" />
                </Form.Item>
                {fields.length > 1 && (
                  <Form.Item label={<span aria-hidden>&nbsp;</span>}>
                    <Button type="text" icon={<CloseOutlined />} aria-label={t("shipments.removeUnit", { at: name + 1 })} onClick={() => remove(name)} />
                  </Form.Item>
                )}
              </div>
            ))}
            <Button icon={<PlusOutlined />} onClick={() => add({ level: "case" })}>
              {t("shipments.addUnit")}
            </Button>
          </>
        )}
      </Form.List>
    </FormDrawer>
  );
}
