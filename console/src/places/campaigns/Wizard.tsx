// A campaign in four steps. All fields stand in one form; a step that does not fit is not left.

import { Button, Form, Steps } from "antd";
import { useState } from "react";
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

export default function Wizard() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [form] = Form.useForm<Draft>();
  const [step, setStep] = useState(0);
  const make = useCommand({
    run: (body: Schemas["NewCampaign"]) => answer(api.POST("/v1/campaigns", { body })),
    done: t("wizard.done"),
    changes: [["campaigns"]],
    then: ({ id }) => void navigate(`/campaigns/${id}`, { replace: true }),
  });
  const forward = async () => {
    await form.validateFields();
    if (step < STEPS.length - 1) return setStep(step + 1);
    make.mutate(campaignOf(form.getFieldsValue(true) as Draft));
  };
  const isLast = step === STEPS.length - 1;
  return (
    <Page title={t("wizard.title")} up={["/campaigns", t("campaigns.title")]}>
      <Steps
        className="wizard-steps" size="small" current={step} responsive={false} titlePlacement="vertical"
        items={STEPS.map((name) => ({ title: t(`wizard.step.${name}`) }))}
      />
      <Form<Draft>
        form={form} layout="vertical" preserve
        initialValues={{ audience: "everyone", prizes: [{ kind: "red_packet", name: "", weight: 30 }, { kind: "nothing", name: "", weight: 70 }] }}
      >
        <Section title={t(`wizard.step.${STEPS[step]!}`)}>
          {step === 0 && <BasicsStep />}
          {step === 1 && <WhoStep />}
          {step === 2 && <PrizesStep />}
          {step === 3 && <BudgetStep form={form} />}
        </Section>
      </Form>
      {make.error && <ErrorPanel error={make.error} />}
      <div className="row">
        {step > 0 && <Button onClick={() => setStep(step - 1)}>{t("common.back")}</Button>}
        <Button type="primary" loading={make.isPending} onClick={() => void forward().catch(() => undefined)}>
          {isLast ? t("wizard.create") : t("common.next")}
        </Button>
        {isLast && <span className="muted small">{t("wizard.createHint")}</span>}
      </div>
    </Page>
  );
}
