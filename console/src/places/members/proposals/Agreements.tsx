import { useTranslation } from "react-i18next";

import type { Schemas } from "../../../api/client";
import { wordText } from "../../../app/i18n";
import { Tag, type Tone } from "../../../shared/Tag";

type Agreement = Schemas["Agreement"];

const TONES: Record<Agreement["likeness"], Tone> = {
  different: "bad", weak: "warn", similar: "info", close: "info", variant: "good", partial: "info", exact: "good", exchanged: "warn",
};

/** How well two people agree, a word for each field; no value. */
export function Agreements({ all }: { all: Agreement[] }) {
  const { t } = useTranslation();
  return (
    <span className="row">
      {all.map(({ field, likeness }) => (
        <Tag key={field} tone={TONES[likeness]}>
          {wordText("matched", field)} · {t(`likeness.${likeness}`)}
        </Tag>
      ))}
    </span>
  );
}

/** The same with what each field adds: bars to the right speak for one person, to the left against. */
export function Weights({ all }: { all: Agreement[] }) {
  const { t } = useTranslation();
  const most = Math.max(1, ...all.map(({ weight_bits }) => Math.abs(weight_bits)));
  return (
    <dl className="weights">
      {all.map(({ field, likeness, weight_bits }) => (
        <div key={field}>
          <dt>{wordText("matched", field)}</dt>
          <dd>
            <Tag tone={TONES[likeness]}>{t(`likeness.${likeness}`)}</Tag>
            <span className="weight-track" aria-hidden>
              <span
                className={weight_bits < 0 ? "weight-against" : "weight-for"}
                style={{ width: `${(50 * Math.abs(weight_bits)) / most}%`, [weight_bits < 0 ? "right" : "left"]: "50%" }}
              />
            </span>
            <span className="num weight-number">{`${weight_bits > 0 ? "+" : ""}${weight_bits.toFixed(1)}`}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
