import { Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, api, type Schemas } from "../../api/client";
import { useSeesPeople } from "../../api/permissions";
import type { Column } from "../../shared/columns";
import { Id, number, Time } from "../../shared/format";
import { LongList, useFilter } from "../../shared/LongList";
import { MomentRange } from "../../shared/MomentRange";
import { Nothing } from "../../shared/Nothing";
import { Page, Section } from "../../shared/Page";
import { Tag } from "../../shared/Tag";
import { KINDS } from "./kinds";
import { Value } from "./person/Portrait";

type Line = Schemas["Listed_PersonLine"]["items"][number];
type Wanted = { first_kind?: Schemas["IdentifierKind"] };

/** Everybody who is known, the latest first. */
export default function People() {
  const { t } = useTranslation();
  const sees = useSeesPeople();
  const [filter, setFilter] = useFilter(["from", "until", "first_kind", "tag"]);
  const columns: Column<Line>[] = [
    { key: "person", title: t("person.title"), file: ["person"], show: ({ person }) => <Link to={`/members/people/${person}`}><Id value={person} bare /></Link> },
    { key: "name", title: t("field.name"), file: ["name", "erased"], show: ({ name, erased }) => (erased ? <Tag tone="bad">{t("person.erased")}</Tag> : <Value value={name} sees={sees} />) },
    {
      key: "identifiers", title: t("person.identifiers"), file: ["first_kind", "phone", "card", "email"],
      show: ({ identifiers, first_kind }) =>
        identifiers.length === 0 ? (
          <span className="muted">{t(`idKind.${first_kind}`)}</span>
        ) : (
          <span className="stack tight">
            {identifiers.map(({ kind, value }, at) => <span key={at} className="nowrap"><span className="muted small">{t(`idKind.${kind}`)}</span> <span className="num">{value ?? ""}</span></span>)}
          </span>
        ),
    },
    { key: "tags", title: t("tags.title"), file: ["tags"], show: ({ tags }) => <span className="row">{tags.map((tag) => <Tag key={tag} tone="info">{tag}</Tag>)}</span> },
    { key: "tier", title: t("person.tier"), number: true, file: ["tier"], show: ({ tier }) => tier },
    { key: "accounts", title: t("runs.accounts"), number: true, file: ["accounts"], show: ({ accounts }) => number(accounts) },
    { key: "since", title: t("person.since"), file: ["since"], show: ({ since }) => <Time at={since} /> },
  ];
  return (
    <Page title={t("people.title")} lead={t("people.lead")}>
      <Section flush>
        <LongList<Line>
          name="people" filter={filter} columns={columns} rowKey={({ person }) => person}
          ask={(page) => answer(api.GET("/v1/people", { params: { query: { ...page, ...(filter as Wanted) } } }))}
          empty={<Nothing title={t("people.none")} hint={t("people.noneHint")} />}
          filters={
            <>
              <MomentRange from={filter.from} until={filter.until} onChange={setFilter} />
              <Select
                aria-label={t("people.firstKind")} placeholder={t("people.firstKind")} allowClear popupMatchSelectWidth={false} value={filter.first_kind}
                options={KINDS.map((value) => ({ value: value as string, label: t(`idKind.${value}`) }))} onChange={(first_kind: string | undefined) => setFilter({ first_kind, tag: undefined })}
              />
              <Input.Search
                key={filter.tag ?? ""} className="filter-wide" aria-label={t("people.tag")} placeholder={t("people.tag")} allowClear defaultValue={filter.tag}
                onSearch={(tag) => setFilter({ tag: tag.trim() || undefined, first_kind: undefined })}
              />
            </>
          }
        />
      </Section>
    </Page>
  );
}
