import { MoreOutlined } from "@ant-design/icons";
import { App, Button, Dropdown } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../../../api/client";
import { useMay } from "../../../api/permissions";
import { ConfirmReason } from "../../../shared/ConfirmReason";
import { save } from "../../../shared/format";
import { useCommand } from "../../../shared/useCommand";
import type { Whole } from "./Person";

interface Props {
  person: Whole;
  isRevealed: boolean;
  onRevealed: (whole: Whole) => void;
}

type Asked = "reveal" | "export" | "erase" | null;

export function Actions({ person, isRevealed, onRevealed }: Props) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const may = useMay();
  const [asked, setAsked] = useState<Asked>(null);
  const close = () => setAsked(null);
  const params = { path: { id: person.person } };
  const changes = [["person", person.person]];

  const reveal = useCommand({
    run: (reason: string) => answer(api.POST("/v1/people/{id}/reveal", { params, body: { reason } })),
    changes,
    then: (whole) => (close(), onRevealed(whole)),
  });
  const exporting = useCommand({
    run: (reason: string) => answer(api.POST("/v1/people/{id}/export", { params, body: { reason } })),
    done: t("person.exportDone"),
    changes,
    then: (everything) => {
      save(`${person.person}.json`, new Blob([JSON.stringify(everything, null, 2)], { type: "application/json" }));
      close();
    },
  });
  const erase = useCommand({
    run: (reason: string) => answer(api.POST("/v1/people/{id}/erase", { params, body: { reason } })),
    done: ({ accounts }) => t("person.eraseDone", { accounts: accounts.length }),
    changes,
    then: ({ files_clean }) => {
      close();
      if (!files_clean) modal.warning({ title: t("person.erase"), content: t("person.eraseDirty") });
    },
  });

  const word = person.person.slice(-4);
  const more = [
    ...(may("POST /people/{id}/export") ? [{ key: "export", label: t("person.export") }] : []),
    ...(may("POST /people/{id}/erase") ? [{ key: "erase", danger: true, label: t("person.erase") }] : []),
  ];
  return (
    <>
      {may("POST /people/{id}/reveal") && !isRevealed && <Button onClick={() => setAsked("reveal")}>{t("person.reveal")}</Button>}
      {more.length > 0 && (
        <Dropdown autoFocus trigger={["click"]} menu={{ items: more, onClick: ({ key }) => setAsked(key as Asked) }}>
          <Button icon={<MoreOutlined />} aria-label={t("person.more")} />
        </Dropdown>
      )}
      <ConfirmReason
        open={asked === "reveal"} title={t("person.reveal")} confirm={t("person.reveal")}
        busy={reveal.isPending} error={reveal.error} onConfirm={(reason) => reveal.mutate(reason)} onClose={close}
      >
        <p>{t("person.revealLead")}</p>
      </ConfirmReason>
      <ConfirmReason
        open={asked === "export"} title={t("person.export")} confirm={t("person.export")}
        busy={exporting.isPending} error={exporting.error} onConfirm={(reason) => exporting.mutate(reason)} onClose={close}
      >
        <p>{t("person.exportLead")}</p>
      </ConfirmReason>
      <ConfirmReason
        open={asked === "erase"} title={t("person.erase")} confirm={t("person.erase")} danger word={word}
        busy={erase.isPending} error={erase.error} onConfirm={(reason) => erase.mutate(reason)} onClose={close}
      >
        <p>{t("person.eraseLead")}</p>
        <p>
          <strong>{t("common.irreversible")}</strong>
        </p>
      </ConfirmReason>
    </>
  );
}
