import { Button, DatePicker, Form, Input, Select } from "antd";
import type { Dayjs } from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../../api/client";
import { useMay } from "../../../api/permissions";
import { FormDrawer } from "../../../shared/FormDrawer";
import { time } from "../../../shared/format";
import { Section } from "../../../shared/Page";
import { Tag } from "../../../shared/Tag";
import { useCommand } from "../../../shared/useCommand";
import type { Whole } from "./Person";

interface Values {
  tag?: string;
  expires?: Dayjs;
  remove?: string[];
}

/** Named facts that somebody or a rule set. */
export function Tags({ person }: { person: Whole }) {
  const { t } = useTranslation();
  const may = useMay();
  const [isEditing, setEditing] = useState(false);
  const edit = may("PUT /people/{id}/tags") && <Button size="small" onClick={() => setEditing(true)}>{t("tags.edit")}</Button>;
  return (
    <Section title={t("tags.title")} hint={t("tags.hint")} extra={edit}>
      {person.tags.length === 0 ? <span className="muted">{t("common.none")}</span> : <ul className="tags-list">{person.tags.map((tag) => <One key={tag.tag} tag={tag} />)}</ul>}
      <EditTags person={person} open={isEditing} onClose={() => setEditing(false)} />
    </Section>
  );
}

function One({ tag: { tag, source, set_at, expires_at } }: { tag: Schemas["Tag"] }) {
  const { t } = useTranslation();
  return (
    <li title={`${source} · ${time(set_at)}`}>
      <Tag tone="info">{expires_at ? t("tags.until", { tag, day: time(expires_at) }) : tag}</Tag>
    </li>
  );
}

function EditTags({ person, open, onClose }: { person: Whole; open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const save = useCommand({
    run: ({ tag, expires, remove = [] }: Values) =>
      answer(
        api.PUT("/v1/people/{id}/tags", {
          params: { path: { id: person.person } },
          body: { set: tag?.trim() ? [{ tag: tag.trim(), expires_at: expires?.toISOString() }] : [], remove },
        }),
      ),
    done: t("tags.saved"), changes: [["person", person.person]], then: onClose,
  });
  return (
    <FormDrawer<Values> open={open} title={t("tags.edit")} submit={t("common.save")} busy={save.isPending} error={save.error} onSubmit={(values) => save.mutate(values)} onClose={onClose}>
      <Form.Item name="tag" label={t("tags.new")}>
        <Input maxLength={64} autoComplete="off" />
      </Form.Item>
      <Form.Item name="expires" label={t("tags.expires")} extra={t("tags.expiresHint")}>
        <DatePicker showTime className="full" />
      </Form.Item>
      {person.tags.length > 0 && (
        <Form.Item name="remove" label={t("tags.remove")}>
          <Select mode="multiple" options={person.tags.map(({ tag }) => ({ value: tag, label: tag }))} />
        </Form.Item>
      )}
    </FormDrawer>
  );
}
