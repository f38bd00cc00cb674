// Fields that narrow the lists of this place.

import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useTranslation } from "react-i18next";

import { useMay } from "../../api/permissions";
import { batchesQuery, organisationsQuery, productsQuery } from "../../api/queries";

interface ChoiceProps {
  title: string;
  value: string | undefined;
  options: { value: string; label: string }[] | undefined;
  onChange: (value: string | undefined) => void;
}

/** One of a list that may be long. */
export function Choice({ title, value, options, onChange }: ChoiceProps) {
  if (!options) return null;
  return (
    <Select
      aria-label={title} placeholder={title} allowClear showSearch={{ optionFilterProp: "label" }} popupMatchSelectWidth={false} className="filter-wide"
      value={value} options={options} onChange={onChange}
    />
  );
}

type FieldProps = Pick<ChoiceProps, "value" | "onChange">;

export function OrganisationChoice({ title, ...field }: FieldProps & { title: string }) {
  const may = useMay();
  const { data } = useQuery({ ...organisationsQuery, enabled: may("GET /organisations") });
  return <Choice title={title} options={data?.map(({ id, name }) => ({ value: id, label: name }))} {...field} />;
}

export function BatchChoice(field: FieldProps) {
  const { t } = useTranslation();
  const may = useMay();
  const { data } = useQuery({ ...batchesQuery, enabled: may("GET /batches") });
  return <Choice title={t("batches.lot")} options={data?.map(({ id, lot }) => ({ value: id, label: lot }))} {...field} />;
}

export function ProductChoice(field: FieldProps) {
  const { t } = useTranslation();
  const may = useMay();
  const { data } = useQuery({ ...productsQuery, enabled: may("GET /products") });
  return <Choice title={t("batches.product")} options={data?.map(({ id, name }) => ({ value: id, label: name }))} {...field} />;
}
