import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "../../../api/client";
import { wordText } from "../../../app/i18n";
import { useMay, useSeesPeople } from "../../../api/permissions";
import { Actor } from "../../../shared/actors";
import { Time } from "../../../shared/format";
import { Nothing } from "../../../shared/Nothing";
import { Section } from "../../../shared/Page";
import { Tag } from "../../../shared/Tag";
import { EditProfile } from "./EditProfile";
import type { Whole } from "./Person";
import { Value } from "./Portrait";

/** What is known of the person, each field with who said so, and what others say against it. */
export function Profile({ person }: { person: Whole }) {
  const { t } = useTranslation();
  const may = useMay();
  const [isEditing, setEditing] = useState(false);
  const edit = may("PUT /people/{id}/profile") && (
    <Button size="small" onClick={() => setEditing(true)}>
      {t("person.edit")}
    </Button>
  );
  return (
    <Section title={t("person.profile")} hint={t("person.profileHint")} extra={edit}>
      {person.profile.length === 0 ? (
        <Nothing title={t("person.profileNone")} hint={t("person.profileNoneHint")} />
      ) : (
        <dl className="profile">
          {person.profile.map((field) => (
            <div key={field.field}>
              <dt>{wordText("field", field.field)}</dt>
              <dd>
                <Said field={field.field} one={field} />
                {field.others.map((other, at) => (
                  <div className="contradicts" key={at}>
                    <Tag tone="warn">{t("person.contradicts")}</Tag>
                    <Said field={field.field} one={other} />
                  </div>
                ))}
              </dd>
            </div>
          ))}
        </dl>
      )}
      <EditProfile person={person} open={isEditing} onClose={() => setEditing(false)} />
    </Section>
  );
}

function Said({ field, one }: { field: string; one: Schemas["ShownValue"] }) {
  const { t } = useTranslation();
  const sees = useSeesPeople();
  return (
    <div className="said">
      <span className="row">
        <Value value={field === "gender" && one.value ? wordText("gender", one.value) : one.value} sees={sees} />
        {one.verified && <Tag tone="good">{t("person.verified")}</Tag>}
      </span>
      <span className="muted small row">
        <Actor id={one.source} />
        <Time at={one.at} />
      </span>
    </div>
  );
}
