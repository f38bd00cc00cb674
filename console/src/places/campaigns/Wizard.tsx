// A campaign in four steps. All fields stand in one form; a step that does not fit is not left.

import { Button, Form, Steps } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { answer, api, type Schemas } from "../../api/client";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { Page, Section } from "../../shared/Page";
import { useCommand } from "../../shared/useCommand";
import { campaignOf, type Draft } from "./draft";
import { BasicsStep, WhoStep } from "./WizardSteps";
import { BudgetStep } from "./BudgetStep";
import { PrizesStep } from "./PrizesStep";
import "./campaigns.css";

const STEPS = ["basics", "who", "prizes", "budget"] as const;
const EMPTY: Partial<Draft> = { audience: "everyone", prizes: [{ kind: "red_packet", name: "", weight: 30 }, { kind: "nothing", name: "", weight: 70 }] };

/** A new campaign. */
export default function Wizard() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const make = useCommand({
    run: (body: Schemas["NewCampaign"]) => answer(api.POST("/v1/campaigns", { body })),
    done: t("wizard.done"),
    changes: [["campaigns"]],
    then: ({ id }) => void navigate(`/campaigns/${id}`, { replace: true }),
  });
  return (
    <Page title={t("wizard.title")} up={["/campaigns", t("campaigns.title")]}>
      <TermsForm initial={EMPTY} submit={t("wizard.create")} hint={t("wizard.createHint")} isBusy={make.isPending} onSubmit={make.mutate}>
        {make.error && <ErrorPanel error={make.error} />}
      </TermsForm>
    </Page>
  );
}

interface TermsProps {
  initial: Partial<Draft>;
  submit: string;
  hint?: string;
  isBusy: boolean;
  onSubmit: (terms: Schemas["NewCampaign"]) => void;
  /** What became of it, before the buttons. */
  children?: ReactNode;
}

export function TermsForm({ initial, submit, hint, isBusy, onSubmit, children }: TermsProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Draft>();
  const [step, setStep] = useState(0);
  const forward = async () => {
    await form.validateFields();
    if (step < STEPS.length - 1) return setStep(step + 1);
    onSubmit(campaignOf(form.getFieldsValue(true) as Draft));
  };
  const isLast = step === STEPS.length - 1;
  return (
    <>
      <Steps
        className="wizard-steps" size="small" current={step} responsive={false} titlePlacement="vertical"
        items={STEPS.map((name) => ({ title: t(`wizard.step.${name}`) }))}
      />
      <Form<Draft> form={form} layout="vertical" preserve initialValues={initial}>
        <Section title={t(`wizard.step.${STEPS[step]!}`)}>
          {step === 0 && <BasicsStep />}
          {step === 1 && <WhoStep />}
          {step === 2 && <PrizesStep />}
          {step === 3 && <BudgetStep form={form} />}
        </Section>
      </Form>
      {children}
      <div className="row">
        {step > 0 && <Button onClick={() => setStep(step - 1)}>{t("common.back")}</Button>}
        <Button type="primary" loading={isBusy} onClick={() => void forward().catch(() => undefined)}>
          {isLast ? submit : t("common.next")}
        </Button>
        {isLast && hint && <span className="muted small">{hint}</span>}
      </div>
    </>
  );
}
